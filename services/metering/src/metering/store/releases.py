"""Months of raw evidence that the organization has let go, and dropping those that nobody keeps (migration 0004)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import text

from common.clock import add_months
from common.db import Tx

_LAST = text("select max(month) from evidence_releases")
_ADD = text("""
    insert into evidence_releases (organization_id, month, released_at) values (:organization, :month, :released_at)
    on conflict do nothing
""")
_EMPTY = text("select empty_evidence_partition(:of, :month)")
_CLOSED = text("""
    select count(*) from day_closings where is_complete and day between :first and :last
""")
_UNDONE = text("""
    select exists (select from marks)
        or exists (select from outbox where organization_id = :organization and published_at is null)
""")
PARENTS = ("polls", "telemetry")
_SETTLING = timedelta(days=3)


def final_before(month: date) -> datetime:
    """Before this instant nothing is derived again once the month was let go: its reads would be missed."""
    return datetime.combine(add_months(month, 1), time(), UTC) + _SETTLING


async def last(tx: Tx) -> date | None:
    """The youngest month that was let go."""
    month: date | None = (await tx.execute(_LAST)).scalar()
    return month


async def final_until(tx: Tx) -> datetime | None:
    """Before this instant usage is final, because evidence was let go; None while all of it is kept."""
    month = await last(tx)
    return None if month is None else final_before(month)


async def release(tx: Tx, organization_id: UUID, month: date, at: datetime) -> bool:
    """Let a month go; false where it was already."""
    done = await tx.execute(_ADD, {"organization": organization_id, "month": month, "released_at": at})
    return done.rowcount == 1


async def empty(tx: Tx, of: str, month: date) -> bool:
    """Drop a month of `polls` or `telemetry` if every organization with rows in it let it go; whether it was."""
    return bool((await tx.execute(_EMPTY, {"of": of, "month": month})).scalar())


async def are_closed(tx: Tx, first: date, last_on: date) -> bool:
    """Whether every day, both included, is closed."""
    count = (await tx.execute(_CLOSED, {"first": first, "last": last_on})).scalar_one()
    return bool(count == (last_on - first).days + 1)


async def is_settled(tx: Tx, organization_id: UUID) -> bool:
    """Whether nothing waits to be derived again or to be published."""
    return not (await tx.execute(_UNDONE, {"organization": organization_id})).scalar_one()
