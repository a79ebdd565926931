"""Activate a draft: number, assignments, and everybody is told (CB-40, CB-41)."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from common.clock import instant_text
from common.db import Tx, new_id
from common.errors import RuleBroken
from common.outbox import publish
from contracts.domain.activation import activated
from contracts.domain.assignments import Assignment
from contracts.domain.contract import Contract, ContractState
from contracts.domain.life import counted
from contracts.store import assignments, contracts, places, units
from contracts.store.assignments import Held
from contracts.store.contracts import Kept
from contracts.store.past import Why, keep_version
from contracts.use_cases.agree_charges import take_deposit
from contracts.use_cases.announcements import announce_assignment, site_names
from contracts.use_cases.check_customer import check_active_customer
from contracts.use_cases.check_issuer import check_one_issuer
from contracts.use_cases.terms_on_the_wire import wire_terms
from events.contracts import ContractActivated


class UnitNotReserved(RuleBroken):
    """A unit can only begin later with a contract that holds it by then."""

    code = "unit_not_reserved"


async def activate_contract(
    tx: Tx, organization_id: UUID, contract_id: UUID, begins_at: dict[UUID, datetime], *, by: str, at: datetime
) -> Kept:
    """`begins_at` names units that come after the contract's start. Nothing is numbered when anything refuses."""
    kept = await contracts.get(tx, contract_id, for_change=True)
    await check_active_customer(tx, kept.customer_id)
    reserved = await assignments.reserved_units(tx, contract_id)
    _check_begins(kept.contract, reserved, begins_at)
    machines = await units.of_ids(tx, reserved, at, for_change=True)
    existing = [h.as_counted for h in await assignments.of_units(tx, reserved)]
    fed = await places.fed_units(tx, reserved)
    activation = activated(kept.contract, "", at, [m.unit for m in machines], existing, fed)
    await check_one_issuer(tx, activation.contract)
    active = replace(activation.contract, number=await contracts.next_number(tx, organization_id))
    kept = await contracts.save(tx, kept, active)
    await assignments.release_reservations(tx, contract_id)
    await units.note_assigned(tx, reserved)
    operational = {m.unit.unit_id: m.operational_on for m in machines}
    for one in activation.assignments:
        starts_at = max(begins_at.get(UUID(one.unit_id), one.from_at), one.from_at)
        await _assign(tx, organization_id, kept, replace(one, from_at=starts_at), operational[one.unit_id], at)
    await keep_version(tx, organization_id, kept, Why("activated", active.from_at, by=by), at=at)
    await contracts.last_look_at(tx, contract_id, at)
    names = await site_names(tx, active)
    event = ContractActivated(contract_id=contract_id, version=kept.version, terms=wire_terms(active, names))
    await publish(tx, organization_id, event, at=at, source="contracts")
    await take_deposit(tx, organization_id, active, at=at)
    return kept


async def _assign(
    tx: Tx, organization_id: UUID, kept: Kept, one: Assignment, operational_on: date | None, at: datetime
) -> None:
    counts = counted(kept.contract, [one])
    if counts:
        held = Held(new_id(), kept.customer_id, one, counts[0].to_at)
        await assignments.add(tx, organization_id, held)
        await announce_assignment(tx, organization_id, held, operational_on, at)


def _check_begins(draft: Contract, reserved: list[UUID], begins_at: dict[UUID, datetime]) -> None:
    """A begin for a unit that is not the draft's, or after the draft's end, is a slip of the caller."""
    for unit_id, from_at in begins_at.items():
        if draft.state is ContractState.DRAFT and unit_id not in reserved:
            raise UnitNotReserved(f"Unit {unit_id} is not reserved.", field="assignments", remedy="reserve it first")
        if draft.to_at is not None and from_at >= draft.to_at:
            after = f"Unit {unit_id} would begin at {instant_text(from_at)}, after the contract's end."
            raise UnitNotReserved(after, field="assignments", remedy=f"before {instant_text(draft.to_at)}")
