"""The gate before a contract's units run, and the day on which one of them does (rule 6.2, SF-06, SF-10)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from contracts.domain.contract import Contract, ContractState
from contracts.domain.gate import Gate, checked_open, gate_of, missing_deposit, missing_signatures
from contracts.domain.pricing import Plan
from contracts.store import assignments, contracts, gates, units
from contracts.store.contracts import Kept
from contracts.store.past import Why
from contracts.store.units import Machine
from contracts.use_cases.register_unit import change_unit


async def energize_gates(tx: Tx, kept: Kept, unit_ids: Sequence[UUID] | None = None) -> list[Gate]:
    """The gate of each unit that the contract has or reserves, or of those named."""
    contract = kept.contract
    if unit_ids is None:
        unit_ids = await units_of(tx, kept)
    firsts = await gates.first_invoices_of(tx, kept.contract_id)
    others = await missing_of(tx, contract)
    return [gate_of(contract, str(u), firsts.get(str(u)), others) for u in unit_ids]


async def missing_of(tx: Tx, contract: Contract) -> list[str]:
    """What is missing for every unit of the contract: signatures, and a deposit that opens the gate."""
    deposit = await gates.deposit_invoice_of(tx, UUID(contract.contract_id))
    return [*await _unsigned(tx, contract), *missing_deposit(contract, deposit)]


async def _unsigned(tx: Tx, contract: Contract) -> list[str]:
    """What the customer has still to sign; nothing for a contract that is not prepaid."""
    if contract.plan is not Plan.PREPAID_31D:
        return []
    required = await gates.required_for(tx, contract.type.value)
    signed = await gates.signed_by(tx, UUID(contract.customer_id), UUID(contract.contract_id))
    return missing_signatures(required, signed)


async def units_of(tx: Tx, kept: Kept) -> list[UUID]:
    """The machines on the contract, each once; of a draft, those it reserves."""
    if kept.contract.state is ContractState.DRAFT:
        return await assignments.reserved_units(tx, kept.contract_id)
    held = await assignments.of_contract(tx, kept.contract_id)
    return list(dict.fromkeys(UUID(h.assignment.unit_id) for h in held))


async def energize_unit(tx: Tx, organization_id: UUID, machine: Machine, on: date, *, by: str, at: datetime) -> Machine:
    """Note the day on which a machine begins to run. Refused while the gate of the contract that it is on is closed."""
    await check_gate(tx, machine, at=at)
    running = replace(machine, operational_on=on, version=machine.version + 1)
    await change_unit(tx, organization_id, machine, running, why=Why("energized", at, by=by), at=at)
    return (await units.of_ids(tx, [machine.unit_id], at))[0]


async def check_planned(tx: Tx, organization_id: UUID, machine: Machine, on: date | None, *, at: datetime) -> None:
    """A day of operation that is still to come is a plan (rule 6.1); one that has come needs an open gate."""
    host = await organization(tx, organization_id)
    if on is not None and on <= local_day(at, host.timezone):
        await check_gate(tx, machine, at=at)


async def check_gate(tx: Tx, machine: Machine, *, at: datetime) -> None:
    """Refuses to let a machine run while the gate of a contract that it is on, or will be on, is closed."""
    for held in await assignments.of_units(tx, [machine.unit_id]):
        one = held.as_counted
        if one.to_at is None or one.to_at > at:
            kept = await contracts.get(tx, UUID(one.contract_id))
            (gate,) = await energize_gates(tx, kept, [machine.unit_id])
            checked_open(gate, machine.name)
