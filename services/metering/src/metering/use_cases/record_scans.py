"""Take telemetry over from the log, each scan once; tell of units whose state changed; derive late ones' days again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from common.db import Tx
from common.outbox import publish_all
from events.metering import UnitStateChanged
from metering.store import locks, scans, unit_states
from metering.store.marks import Mark
from metering.store.scans import Scan
from metering.store.unit_states import UnitState
from metering.use_cases.mark_days import mark


async def record_scans(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> int:
    """Answers how many were not known yet."""
    await locks.share(tx, organization_id)
    added = await scans.add(tx, organization_id, found)
    if added:
        await mark(tx, organization_id, _marks(found))
        await _tell(tx, organization_id, found)
    return added


def _marks(found: Sequence[Scan]) -> list[Mark]:
    spans: dict[UUID, tuple[datetime, datetime]] = {}
    for scan in found:
        until_at = scan.scanned_at + timedelta(seconds=scan.interval_s)
        for unit in scan.units:
            known = spans.get(unit)
            if known is None:
                spans[unit] = (scan.scanned_at, until_at)
            else:
                spans[unit] = (min(known[0], scan.scanned_at), max(known[1], until_at))
    return [Mark(unit, facts_from=start, facts_to=end) for unit, (start, end) in spans.items()]


async def _tell(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> None:
    """Publish each change of state in order of time; scans older than the last one seen change nothing."""
    known = await unit_states.read(tx, {unit for scan in found for unit in scan.units})
    changes: list[UnitState] = []
    for scan in sorted(found, key=lambda one: one.scanned_at):
        for unit, ths, state in zip(scan.units, scan.hashrate_ths, scan.status, strict=True):
            before = known.get(unit)
            if before is not None and scan.scanned_at <= before.seen_at:
                continue
            if before is None or before.state != state:
                known[unit] = UnitState(unit, state, ths, scan.scanned_at, scan.scanned_at)
                changes.append(known[unit])
            else:
                known[unit] = UnitState(unit, state, ths, before.since_at, scan.scanned_at)
    await unit_states.keep(tx, organization_id, list(known.values()))
    for at, together in groupby(changes, key=lambda one: one.since_at):
        await publish_all(tx, organization_id, [_changed(one) for one in together], at=at, source="metering")


def _changed(one: UnitState) -> UnitStateChanged:
    return UnitStateChanged.model_validate(
        {
            "unit_id": one.unit_id,
            "state": one.state,
            "since_at": one.since_at,
            "hashrate_ths": one.hashrate_ths,
        }
    )
