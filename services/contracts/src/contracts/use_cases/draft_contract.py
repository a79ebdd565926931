"""Draft a contract, change the draft, reserve its units (CB-26 to CB-43, X1)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from contracts.domain.activation import NotADraft, checked_unit
from contracts.domain.assignments import Reservation, checked_reservation
from contracts.domain.contract import Contract, ContractState
from contracts.store import assignments, contracts, places, units
from contracts.store.contracts import Kept


async def draft_contract(tx: Tx, organization_id: UUID, contract: Contract, reference: str | None) -> Kept:
    await places.customer(tx, UUID(contract.customer_id))
    kept = Kept(contract, reference, 1)
    await contracts.add(tx, organization_id, kept)
    return kept


async def change_draft(tx: Tx, before: Kept, after: Contract) -> Kept:
    """The draft's terms anew; an active contract is amended instead."""
    checked_draft(before.contract)
    return await contracts.save(tx, before, after)


async def reserve_units(tx: Tx, organization_id: UUID, kept: Kept, unit_ids: Sequence[UUID], *, at: datetime) -> Kept:
    """Make these the draft's units, in place of those before; two drafts never hold one unit.

    A unit that counts for another contract until the draft's start is free by then.
    """
    contract = checked_draft(kept.contract)
    await assignments.release_reservations(tx, kept.contract_id)
    machines = await units.of_ids(tx, unit_ids, max(at, contract.from_at), for_change=True)
    missing = set(unit_ids) - {m.unit_id for m in machines}
    if missing:
        raise NotFound(
            f"There is no unit {min(map(str, missing))}.", field="unit_ids", remedy="units of this organization"
        )
    held = await assignments.reservations_of(tx, unit_ids)
    taken = [h.as_counted for h in await assignments.of_units(tx, unit_ids)]
    for machine in machines:
        checked_reservation(held, taken, Reservation(machine.unit.unit_id, contract.contract_id), contract.from_at)
        checked_unit(contract, machine.unit)
    await assignments.reserve(tx, organization_id, kept.contract_id, list(dict.fromkeys(unit_ids)))
    return await contracts.save(tx, kept, contract)


def checked_draft(contract: Contract) -> Contract:
    if contract.state is not ContractState.DRAFT:
        raise NotADraft(f"The contract is {contract.state.value}.", field="state", remedy="amend it instead")
    return contract
