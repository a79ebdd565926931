"""Activate a draft: number, assignments, and everybody is told (CB-40, CB-41)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.outbox import publish
from contracts.domain.activation import activated
from contracts.domain.assignments import Assignment
from contracts.domain.life import counted
from contracts.store import assignments, contracts, places, units
from contracts.store.assignments import Held
from contracts.store.contracts import Kept
from contracts.use_cases.announcements import announce_assignment, site_names
from contracts.use_cases.terms_on_the_wire import wire_terms
from events.contracts import ContractActivated


async def activate_contract(
    tx: Tx, organization_id: UUID, contract_id: UUID, begins_at: dict[UUID, datetime], *, at: datetime
) -> Kept:
    """`begins_at` names units that come after the contract's start. Nothing is numbered when anything refuses."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    reserved = await assignments.reserved_units(tx, contract_id)
    machines = await units.of_ids(tx, reserved, at, for_change=True)
    existing = [h.as_counted for h in await assignments.of_units(tx, reserved)]
    fed = await places.fed_units(tx, reserved)
    activation = activated(kept.contract, "", at, [m.unit for m in machines], existing, fed)
    active = replace(activation.contract, number=await contracts.next_number(tx, organization_id))
    kept = await contracts.save(tx, kept, active)
    await assignments.release_reservations(tx, contract_id)
    operational = {m.unit.unit_id: m.operational_on for m in machines}
    for one in activation.assignments:
        starts_at = max(begins_at.get(UUID(one.unit_id), one.from_at), one.from_at)
        one = Assignment(one.unit_id, one.contract_id, starts_at)
        counts = counted(active, [one])
        if counts:
            held = Held(new_id(), kept.customer_id, one, counts[0].to_at)
            await assignments.add(tx, organization_id, held)
            await announce_assignment(tx, organization_id, held, operational[one.unit_id], at)
    names = await site_names(tx, active)
    event = ContractActivated(contract_id=contract_id, version=kept.version, terms=wire_terms(active, names))
    await publish(tx, organization_id, event, at=at, source="contracts")
    return kept
