"""Which local days of the organization are closed, with how many spans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_LAST = text("select max(day) from day_closings")
_FIRST = text("select min(day) from day_closings")
_BEGINS = text("""
    select least((select min(day) from day_closings),
        (select min(cast(payload ->> 'day' as date)) from wakeups
        where organization_id = :organization and target = 'close_day' and state = 'waiting'))
""")
_GET = text("select span_count, is_complete from day_closings where day = :day")
_ALL = text("select day, span_count from day_closings where is_complete order by day")
_PUT = text("""
    insert into day_closings (organization_id, day, span_count, is_complete, closed_at)
    values (:organization, :day, :span_count, :is_complete, :closed_at)
    on conflict (organization_id, day) do update
        set span_count = excluded.span_count, is_complete = excluded.is_complete, closed_at = excluded.closed_at
""")
_WAITING = text("select exists (select from wakeups where organization_id = :organization and target = :target"
                " and state = 'waiting')")  # fmt: skip


async def last_day(tx: Tx) -> date | None:
    """The youngest day that is closed, or being closed."""
    day: date | None = (await tx.execute(_LAST)).scalar()
    return day


async def first_day(tx: Tx) -> date | None:
    """The first day that was ever closed."""
    day: date | None = (await tx.execute(_FIRST)).scalar()
    return day


async def begins_on(tx: Tx, organization_id: UUID) -> date | None:
    """The first day that is closed, or will be as things stand."""
    day: date | None = (await tx.execute(_BEGINS, {"organization": organization_id})).scalar()
    return day


async def closing(tx: Tx, day: date) -> Any:
    """The closing of a day: `span_count`, `is_complete`; None where there is none."""
    return (await tx.execute(_GET, {"day": day})).first()


async def differing(tx: Tx, counts: Mapping[date, int]) -> list[tuple[date, int]]:
    """The closed days that were closed with another number of spans than these, with the number that now holds."""
    rows = (await tx.execute(_ALL)).all()
    return [(row.day, counts.get(row.day, 0)) for row in rows if row.span_count != counts.get(row.day, 0)]


async def put(tx: Tx, organization_id: UUID, day: date, span_count: int, *, is_complete: bool, at: datetime) -> None:
    """Write down that a day is closed (or half closed) with so many spans."""
    await tx.execute(
        _PUT,
        {
            "organization": organization_id,
            "day": day,
            "span_count": span_count,
            "is_complete": is_complete,
            "closed_at": at,
        },
    )


async def is_waiting(tx: Tx, organization_id: UUID, job: str) -> bool:
    """Whether a job of that name waits to be run."""
    return bool((await tx.execute(_WAITING, {"organization": organization_id, "target": job})).scalar())
