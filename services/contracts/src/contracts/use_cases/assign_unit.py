"""Add a unit to an active contract, and end an assignment at an instant (CB-110, rule 4.5)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from contracts.domain.activation import assigned
from contracts.domain.assignments import released
from contracts.domain.life import counted
from contracts.domain.units import UnitState
from contracts.store import assignments, contracts, units
from contracts.store.assignments import Held
from contracts.use_cases.announcements import Split, announce_assignment, announce_release


async def assign_unit(
    tx: Tx, organization_id: UUID, contract_id: UUID, unit_id: UUID, from_at: datetime, *, at: datetime
) -> Held:
    kept = await contracts.get(tx, contract_id, for_change=True)  # its end stands until the assignment is there
    machine = (await units.of_ids(tx, [unit_id], from_at, for_change=True) or [await units.get(tx, unit_id, at)])[0]
    unit = machine.unit
    if unit.state is UnitState.ASSIGNED:
        unit = replace(unit, state=UnitState.STAGED)  # whether it is taken at that instant, its assignments say
    existing = [h.as_counted for h in await assignments.of_units(tx, [unit_id])]
    one = assigned(kept.contract, unit, from_at, existing)
    counts = counted(kept.contract, [one])
    held = Held(new_id(), kept.customer_id, one, counts[0].to_at)
    await assignments.add(tx, organization_id, held)
    await units.note_assigned(tx, [unit_id])
    await announce_assignment(tx, organization_id, held, machine.operational_on, at)
    return held


async def release_unit(
    tx: Tx, organization_id: UUID, assignment_id: UUID, to_at: datetime, *, split: Split | None = None, at: datetime
) -> Held | None:
    """None when the assignment had not begun by then and so never counts."""
    held = await assignments.get(tx, assignment_id)
    after = released(held.assignment, to_at)
    if after is None:
        await assignments.drop(tx, assignment_id)
        await announce_release(tx, organization_id, held, held.assignment.from_at, at=at)
        return None
    ends_at = min(after.to_at, held.counts_to_at) if after.to_at and held.counts_to_at else after.to_at
    held = Held(assignment_id, held.customer_id, after, ends_at)
    await assignments.save(tx, held)
    await announce_release(tx, organization_id, held, after.to_at or to_at, split=split, at=at)
    return held
