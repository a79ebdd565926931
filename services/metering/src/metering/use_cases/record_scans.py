"""Take telemetry over from the log, each scan once; tell of units whose state changed; derive late ones' days again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from common.db import Tx
from common.outbox import publish_all
from events.metering import UnitStateChanged
from metering.store import closings, locks, scans, unit_states
from metering.store.marks import Mark
from metering.store.scans import Scan
from metering.store.unit_states import UnitState
from metering.use_cases.beside import beside
from metering.use_cases.close_history import ask_for_history
from metering.use_cases.mark_days import mark
from metering.use_cases.watch_feeds import feed_heard
from metering.use_cases.watch_missing import watch_missing
from metering.use_cases.watch_units import Sighting, watch_units


async def record_scans(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> int:
    """Answers how many were not known yet."""
    await locks.share(tx, organization_id)
    added = await scans.add(tx, organization_id, found)
    if added:
        await ask_for_history(tx, organization_id, min(scan.scanned_at for scan in found))
        if await closings.last_day(tx) is not None:
            await mark(tx, organization_id, _marks(found))
        await _tell(tx, organization_id, found)
        async with beside(tx, "silent sites"):
            await feed_heard(tx, organization_id, found)
    return added


def _marks(found: Sequence[Scan]) -> list[Mark]:
    """By unit, from the beginning of its first scan to the end of its last one."""
    by_roster: dict[tuple[UUID, ...], tuple[datetime, datetime]] = {}
    for scan in found:
        until_at, units = scan.scanned_at + timedelta(seconds=scan.interval_s), tuple(scan.units)
        first, last = by_roster.get(units, (scan.scanned_at, until_at))
        by_roster[units] = (min(first, scan.scanned_at), max(last, until_at))
    return [Mark(unit, facts_from=first, facts_to=last) for units, (first, last) in by_roster.items() for unit in units]


async def _tell(tx: Tx, organization_id: UUID, found: Sequence[Scan]) -> None:
    """Publish each change of state in order of time; scans older than the last one seen change nothing."""
    known = await unit_states.read(tx, {unit for scan in found for unit in scan.units})
    seen_at = {unit: state.seen_at for unit, state in known.items()}
    seen_in: dict[UUID, Scan] = {}
    changes: list[UnitState] = []
    sightings: list[Sighting] = []
    for scan in sorted(found, key=lambda one: one.scanned_at):
        scanned_at = scan.scanned_at
        degrees = scan.temperatures_c or [None] * len(scan.units)
        for unit, ths, state, celsius in zip(scan.units, scan.hashrate_ths, scan.status, degrees, strict=True):
            before = known.get(unit)
            if before is not None and scanned_at <= seen_at[unit]:
                continue
            seen_at[unit], seen_in[unit] = scanned_at, scan
            sightings.append(Sighting(unit, scanned_at, ths, state, celsius))
            if before is None or before.state != state:
                known[unit] = UnitState(unit, state, ths, scanned_at, scanned_at)
                changes.append(known[unit])
    await unit_states.keep(tx, organization_id, [_seen(known[unit], scan) for unit, scan in seen_in.items()])
    async with beside(tx, "unit alerts"):
        await watch_units(tx, organization_id, sightings)
    async with beside(tx, "missing units"):
        await watch_missing(tx, organization_id, found)
    for at, together in groupby(changes, key=lambda one: one.since_at):
        await publish_all(tx, organization_id, [_changed(one) for one in together], at=at, source="metering")


def _seen(state: UnitState, scan: Scan) -> UnitState:
    until_at = scan.scanned_at + timedelta(seconds=scan.interval_s)
    return replace(state, seen_at=scan.scanned_at, site_id=scan.site_id, seen_until=until_at)


def _changed(one: UnitState) -> UnitStateChanged:
    return UnitStateChanged.model_validate(
        {
            "unit_id": one.unit_id,
            "state": one.state,
            "since_at": one.since_at,
            "hashrate_ths": one.hashrate_ths,
        }
    )
