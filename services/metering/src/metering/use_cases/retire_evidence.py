"""Raw evidence of months past: packed when its days are final, let go when the organization's setting says so.

Default is to keep it for ever (rule 3). A month's partition holds the rows of all organizations: it is dropped when
each of them has packed its rows or let them go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from common import telemetry, wakeups
from common.clock import add_months, local_day
from common.db import Tx
from common.organizations import organization
from metering.store import blocks, closings, locks, meters, raw_polls, releases, scan_blocks, scans, settings

RETIRE, PACK, EMPTY = "retire_evidence", "pack_evidence", "empty_evidence"
Pack = Callable[[Tx, UUID, UUID, date, tuple[datetime, datetime]], Awaitable[int]]
OPEN_MONTHS = 2
"""Months that ended so long ago are packed: late evidence of them is rare by then."""
_EARLY = timedelta(days=1)
_LATER = timedelta(hours=1)
_DAY = timedelta(days=1)
DAYS_AT_ONCE = 2
"""Nobody adds evidence meanwhile: a day of a PDU polled each minute takes a tenth of a second."""


async def ask_to_retire(tx: Tx, organization_id: UUID, day: date, at: datetime) -> None:
    """A month's first day was closed: see, when all of it is published, what is old enough now."""
    if day.day == 1:
        target = (RETIRE, f"retire-evidence/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=at + _EARLY, payload={})


async def retire_evidence(tx: Tx, organization_id: UUID, _payload: dict[str, Any], due_at: datetime) -> None:
    """From the oldest month on: let it go if it is older than the setting, else have it packed; final months alone."""
    if not await releases.is_settled(tx, organization_id):
        target = (RETIRE, f"retire-evidence/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=due_at + _LATER, payload={})
        return
    begun_at = [
        at
        for at in (await raw_polls.first_at(tx, organization_id), await scans.first_at(tx, organization_id))
        if at is not None
    ]
    first_on = await closings.first_day(tx)
    if not begun_at or first_on is None:
        return
    zone = (await organization(tx, organization_id)).timezone
    this_month = local_day(due_at, zone).replace(day=1)
    keep_months = (await settings.read(tx)).keep_raw_months
    kept_from = date.min if keep_months is None else add_months(this_month, -keep_months)
    month = local_day(min(begun_at), "UTC").replace(day=1)
    released: list[date] = []
    while month < add_months(this_month, -OPEN_MONTHS) and await _is_final(tx, month, first_on):
        if add_months(month, 1) <= kept_from:  # also once more, where late evidence came for it
            await releases.release(tx, organization_id, month, due_at)
            released.append(month)
        elif await _has_rows(tx, organization_id, month):
            target = (PACK, f"pack-evidence/{organization_id}/{month}")
            await wakeups.job(tx, organization_id, target, at=due_at, payload={"month": month.isoformat()})
        month = add_months(month, 1)
    if released:
        for kept in (blocks, scan_blocks):
            await kept.forget(tx, released[0], add_months(released[-1], 1))
        await _ask_to_empty(tx, organization_id, released, due_at)


async def _has_rows(tx: Tx, organization_id: UUID, month: date) -> bool:
    span = _span(month)
    return await blocks.has_rows(tx, organization_id, span) or bool(
        await scan_blocks.with_rows(tx, organization_id, span)
    )


async def _ask_to_empty(tx: Tx, organization_id: UUID, months: Sequence[date], at: datetime) -> None:
    target = (EMPTY, f"empty-evidence/{organization_id}")
    await wakeups.job(tx, organization_id, target, at=at, payload={"months": [one.isoformat() for one in months]})


async def _is_final(tx: Tx, month: date, first_on: date) -> bool:
    """All days that touch the month (in any zone) are closed; days before the first closing are none."""
    first, last = month - _DAY, add_months(month, 1)
    return last < first_on or await releases.are_closed(tx, max(first, first_on), last)


async def pack_evidence(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """Pack some days of one PDU or site; the job asks for itself again until none has rows in the month."""
    await locks.alone(tx, organization_id)
    month = date.fromisoformat(payload["month"])
    span = _span(month)
    tried = set(payload.get("tried", []))
    every = [pdu_id for pdu_id in await meters.all_pdus(tx) if str(pdu_id) not in tried]
    waiting: list[tuple[UUID, Pack]] = [
        (one, blocks.pack) for one in await blocks.with_rows(tx, organization_id, every, span)
    ]
    sites = await scan_blocks.with_rows(tx, organization_id, span)
    waiting += [(one, scan_blocks.pack) for one in sites if str(one) not in tried]
    if not waiting:
        await _ask_to_empty(tx, organization_id, [month], due_at)
        return
    of, pack = waiting[0]
    packed, day = 0, month
    while packed < DAYS_AT_ONCE and day < add_months(month, 1):
        count = await pack(tx, organization_id, of, day, (_midnight(day), _midnight(day + _DAY)))
        packed += count > 0
        day += _DAY
    again = payload if packed else payload | {"tried": [*tried, str(of)]}
    target = (PACK, f"pack-evidence/{organization_id}/{month}")
    await wakeups.job(tx, organization_id, target, at=due_at, payload=again)


async def empty_evidence(tx: Tx, _organization_id: UUID, payload: dict[str, Any], _due_at: datetime) -> None:
    """Drop months' partitions that nobody keeps rows in. A lock not to be had soon fails the job: it comes again."""
    for month in map(date.fromisoformat, payload["months"]):
        for of in releases.PARENTS:
            if await releases.empty(tx, of, month):
                telemetry.log().info("evidence dropped", type=of, key=month.isoformat())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _span(month: date) -> tuple[datetime, datetime]:
    return _midnight(month), _midnight(add_months(month, 1))
