"""Retention of raw evidence, by the organization's setting: whole months, and only when all of their days are final.

Default is to keep it for ever (rule 3). A month's partition holds the rows of all organizations: it is dropped when
each that has rows in it has let it go.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from common import telemetry, wakeups
from common.clock import add_months, local_day
from common.db import Tx
from common.organizations import organization
from metering.store import closings, raw_polls, releases, scans, settings

RELEASE, DROP = "release_evidence", "drop_evidence"
_EARLY = timedelta(days=1)


async def ask_to_release(tx: Tx, organization_id: UUID, day: date, at: datetime) -> None:
    """A month's first day was closed: see what is old enough now, when all of it is published."""
    if day.day == 1 and (await settings.read(tx)).keep_raw_months is not None:
        target = (RELEASE, f"release-evidence/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=at + _EARLY, payload={})


async def release_evidence(tx: Tx, organization_id: UUID, _payload: dict[str, Any], due_at: datetime) -> None:
    """Let go, oldest first, every month that is older than the setting and final; then have them dropped."""
    keep_months = (await settings.read(tx)).keep_raw_months
    begun_at = [
        at
        for at in (await raw_polls.first_at(tx, organization_id), await scans.first_at(tx, organization_id))
        if at is not None
    ]
    first_on = await closings.first_day(tx)
    if keep_months is None or not begun_at or first_on is None:
        return
    zone = (await organization(tx, organization_id)).timezone
    kept_from = add_months(local_day(due_at, zone).replace(day=1), -keep_months)
    month = local_day(min(begun_at), "UTC").replace(day=1)
    while add_months(month, 1) <= kept_from and await _is_final(tx, organization_id, month, first_on):
        await releases.release(tx, organization_id, month, due_at)
        month = add_months(month, 1)
    if await releases.last(tx) is not None:
        target = (DROP, f"drop-evidence/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=due_at, payload={})


async def _is_final(tx: Tx, organization_id: UUID, month: date, first_on: date) -> bool:
    """All days that touch the month (in any zone) are closed and published; days before the first closing are none."""
    first, last = month - timedelta(days=1), add_months(month, 1)
    if last < first_on:
        return True
    is_closed = await releases.are_closed(tx, max(first, first_on), last)
    return is_closed and await releases.is_settled(tx, organization_id)


async def drop_evidence(tx: Tx, _organization_id: UUID, _payload: dict[str, Any], _due_at: datetime) -> None:
    """Drop what nobody keeps. A lock that is not to be had for a moment fails the job; it is tried again."""
    for month in await releases.released(tx):
        for of in releases.PARENTS:
            if await releases.drop(tx, of, month):
                telemetry.log().info("evidence dropped", type=of, key=month.isoformat())
