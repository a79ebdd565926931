"""Days before the first closing: closed and published too, when evidence of them arrives and some unit was assigned.

Imported history begins at the first day that has both; from there on every day is closed in order, up to the first one
that was closed anyway. The wait is the settle window, so that the rest of an import arrives before its days close.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.clock import day_start, local_day
from common.db import Tx
from common.errors import NotYet
from common.organizations import organization
from metering.store import closings, copies, locks, raw_polls, scans, settings
from metering.use_cases.close_day import ask_to_close

CLOSE_HISTORY = "close_history"
_SURELY_OPEN = timedelta(hours=26)


async def ask_for_history(tx: Tx, organization_id: UUID, earliest_at: datetime) -> None:
    """Something concerns that instant: if it lies before the first closing, the job looks at what is there."""
    try:
        host = await organization(tx, organization_id)
    except NotYet:  # its first day is asked for when its own fact arrives, and nothing lies before that yet
        return
    if earliest_at >= host.now_at - _SURELY_OPEN:
        return
    first = await closings.begins_on(tx, organization_id)
    if first is None or earliest_at >= day_start(first, host.timezone):
        return
    if not await closings.is_waiting(tx, organization_id, CLOSE_HISTORY):
        at = host.now_at + timedelta(minutes=(await settings.read(tx)).settle_minutes)
        target = (CLOSE_HISTORY, f"close-history/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=at, payload={})


async def close_history(tx: Tx, organization_id: UUID, _payload: dict[str, Any], _due_at: datetime) -> None:
    """Close from the first day with evidence and an assignment on; each closing asks for the next."""
    await locks.alone(tx, organization_id)
    zone = (await organization(tx, organization_id)).timezone
    first = await closings.begins_on(tx, organization_id)
    assigned_at = await copies.first_assigned_at(tx)
    polled_at, scanned_at = await raw_polls.first_at(tx, organization_id), await scans.first_at(tx, organization_id)
    evidence = [at for at in (polled_at, scanned_at) if at is not None]
    if first is None or assigned_at is None or not evidence:
        return
    day = local_day(max(assigned_at, min(evidence)), zone)
    if day < first:
        await ask_to_close(tx, organization_id, day, zone)
