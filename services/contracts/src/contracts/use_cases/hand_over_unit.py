"""A machine swapped for another (RMA), or handed to another contract, at one instant (rules 2.6, 4.5)."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.money import exact_text
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract, ContractType
from contracts.domain.hand_over import SplitBy, SwapWithItself, checked_instant, split_by
from contracts.domain.standing import moved_to
from contracts.domain.units import UnitState
from contracts.store import assignments, contracts, past, places, units
from contracts.store.assignments import Held
from contracts.store.past import Why
from contracts.use_cases.announcements import Split
from contracts.use_cases.assign_unit import assign_unit, release_unit
from contracts.use_cases.register_unit import change_unit


@dataclass(frozen=True, slots=True)
class HandOver:
    """What was done: which assignment ended, which began, and what splits the energy at that instant."""

    hand_over_id: UUID
    left: Held
    made: Held
    at: datetime
    split: SplitBy
    register_kwh: Fraction | None


async def swap_unit(
    tx: Tx,
    organization_id: UUID,
    assignment_id: UUID,
    replacement: tuple[UUID, UnitState, Fraction | None],
    *,
    why: Why,
    at: datetime,
) -> HandOver:
    """Another machine goes on in place of this one. `replacement`: the machine, what becomes of the old one, and how
    the register of the old one stood."""
    unit_id, leaves_as, register_kwh = replacement
    before = await assignments.get(tx, assignment_id)
    old_id = UUID(before.assignment.unit_id)
    if unit_id == old_id:
        raise SwapWithItself("A unit does not replace itself.", field="unit_id", remedy="another unit")
    kept = await contracts.get(tx, UUID(before.assignment.contract_id))
    done = await _left(tx, organization_id, before, checked_active(kept.contract), (why.effective_at, register_kwh), at)
    left, split = done
    made = await assign_unit(tx, organization_id, kept.contract_id, unit_id, why.effective_at, at=at)
    machine = await units.get(tx, old_id, why.effective_at)
    standing = moved_to(machine.standing, leaves_as, is_held=False)
    gone = replace(machine, standing=standing, version=machine.version + 1)
    await change_unit(tx, organization_id, machine, gone, why=why, at=at)
    return await _noted(tx, organization_id, "swap", (left, made, split, register_kwh), why)


async def hand_over_unit(
    tx: Tx,
    organization_id: UUID,
    assignment_id: UUID,
    to: tuple[UUID, Fraction | None],
    *,
    why: Why,
    at: datetime,
) -> HandOver:
    """The same machine goes on for another contract. For another customer's hosted one it becomes that customer's."""
    contract_id, register_kwh = to
    before = await assignments.get(tx, assignment_id)
    if UUID(before.assignment.contract_id) == contract_id:
        raise SwapWithItself("The unit is on that contract.", field="contract_id", remedy="another contract")
    kept = await contracts.get(tx, UUID(before.assignment.contract_id))
    taking = checked_active((await contracts.get(tx, contract_id)).contract)
    left, split = await _left(tx, organization_id, before, kept.contract, (why.effective_at, register_kwh), at)
    machine = await units.get(tx, UUID(before.assignment.unit_id), why.effective_at)
    owner = None if taking.type is ContractType.LEASE else taking.customer_id
    if machine.unit.owner_customer_id != owner:
        given = replace(machine, unit=replace(machine.unit, owner_customer_id=owner), version=machine.version + 1)
        await change_unit(tx, organization_id, machine, given, why=why, at=at)
    made = await assign_unit(tx, organization_id, contract_id, machine.unit_id, why.effective_at, at=at)
    return await _noted(tx, organization_id, "hand_over", (left, made, split, register_kwh), why)


async def _left(
    tx: Tx,
    organization_id: UUID,
    before: Held,
    contract: Contract,
    cut: tuple[datetime, Fraction | None],
    at: datetime,
) -> tuple[Held, SplitBy]:
    """The assignment ended at the instant, and what splits the energy there."""
    instant, register_kwh = cut
    checked_instant(instant, before.assignment.from_at, before.counts_to_at)
    unit_id = UUID(before.assignment.unit_id)
    is_fed = before.assignment.unit_id in await places.fed_units(tx, [unit_id])
    split = split_by(contract.pricing_at(instant), is_fed=is_fed, register_kwh=register_kwh)
    told = Split(split, register_kwh)
    left = await release_unit(tx, organization_id, before.assignment_id, instant, split=told, at=at)
    assert left is not None
    return left, split


async def _noted(
    tx: Tx, organization_id: UUID, kind: str, done: tuple[Held, Held, SplitBy, Fraction | None], why: Why
) -> HandOver:
    left, made, split, register_kwh = done
    row = {
        "kind": kind,
        "unit_id": UUID(left.assignment.unit_id),
        "left_assignment_id": left.assignment_id,
        "made_assignment_id": made.assignment_id,
        "at": why.effective_at,
        "split_by": split.value,
        "register_kwh": exact_text(register_kwh) if register_kwh is not None else None,
        "reason": why.reason,
        "by": why.by,
    }
    hand_over_id = await past.note_hand_over(tx, organization_id, row)
    return HandOver(hand_over_id, left, made, why.effective_at, split, register_kwh)
