"""Machines that hash while nobody is billed for them (CB-108)."""

from __future__ import annotations

from common import wakeups
from common.consuming import EventRouter
from common.db import Tx
from events.contracts import UnitAssigned, UnitRegistered, UnitReleased
from events.envelope import Envelope
from events.metering import UnitStateChanged
from revenueguard.store import units
from revenueguard.use_cases.look_for_uncontracted import look_for_uncontracted

router = EventRouter()


@router.on(UnitStateChanged)
async def state_changed(tx: Tx, event: UnitStateChanged, envelope: Envelope) -> None:
    await units.keep_state(tx, envelope.organization_id, event.unit_id, event.state, event.since_at)
    await look_for_uncontracted(tx, envelope.organization_id, event.unit_id, at=envelope.time)


@router.on(UnitRegistered)
async def registered(tx: Tx, event: UnitRegistered, envelope: Envelope) -> None:
    await units.keep_site(tx, envelope.organization_id, event.unit_id, event.version, event.site_id)


@router.on(UnitAssigned)
async def assigned(tx: Tx, event: UnitAssigned, envelope: Envelope) -> None:
    await units.keep_assignment(tx, envelope.organization_id, event.assignment_id, event.unit_id, from_at=event.from_at)
    await look_for_uncontracted(tx, envelope.organization_id, event.unit_id, at=envelope.time)


@router.on(UnitReleased)
async def released(tx: Tx, event: UnitReleased, envelope: Envelope) -> None:
    organization_id, unit_id = envelope.organization_id, event.unit_id
    await units.keep_assignment(tx, organization_id, event.assignment_id, unit_id, to_at=event.to_at)
    await look_for_uncontracted(tx, organization_id, unit_id, at=envelope.time)
    if event.to_at > envelope.time:
        again = {"unit_id": str(unit_id)}
        await wakeups.job(tx, organization_id, ("look_again", str(unit_id)), at=event.to_at, payload=again)
