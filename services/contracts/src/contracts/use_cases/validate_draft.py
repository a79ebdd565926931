"""What is still missing in a draft, step by step, all of it at once (wizard, issue 6 section 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.errors import NotFound, RuleBroken
from contracts.domain.activation import missing_for_activation
from contracts.domain.assignments import Assignment, UnitAlreadyAssigned, checked_assignment
from contracts.domain.contract import Contract
from contracts.store import assignments, places, units
from contracts.store.contracts import Kept
from contracts.use_cases.announcements import site_names
from contracts.use_cases.check_customer import CustomerInactive, check_active_customer
from contracts.use_cases.draft_contract import checked_draft

Step = Literal["terms", "equipment", "activation"]


class ContractOver(RuleBroken):
    """The contract would be over before it is made."""

    code = "contract_over"


async def validate_draft(tx: Tx, kept: Kept, step: Step, *, at: datetime) -> list[RuleBroken]:
    """The refusals that the step would meet, in the order in which a person would mend them; none: it may go on."""
    contract = checked_draft(kept.contract)
    found: list[RuleBroken] = []
    if step in ("terms", "activation"):
        found += await _about_terms(tx, contract, at)
    if step in ("equipment", "activation"):
        found += await _about_equipment(tx, kept, at)
    return found


async def _about_terms(tx: Tx, contract: Contract, at: datetime) -> list[RuleBroken]:
    found: list[RuleBroken] = []
    try:
        await check_active_customer(tx, UUID(contract.customer_id))
    except CustomerInactive as refusal:
        found.append(refusal)
    end_on = contract.tenure.end_on
    if end_on is not None and end_on < local_day(at, contract.timezone):
        found.append(
            ContractOver(f"The contract would have ended on {end_on}.", field="end_on", remedy="a day to come")
        )
    try:
        await site_names(tx, contract)
    except NotFound as refusal:
        found.append(refusal)
    return found


async def _about_equipment(tx: Tx, kept: Kept, at: datetime) -> list[RuleBroken]:
    contract = kept.contract
    reserved = await assignments.reserved_units(tx, kept.contract_id)
    machines = await units.of_ids(tx, reserved, at)
    found = missing_for_activation(contract, [m.unit for m in machines], await places.fed_units(tx, reserved))
    existing = [held.as_counted for held in await assignments.of_units(tx, reserved)]
    for machine in machines:
        try:
            checked_assignment(existing, Assignment(machine.unit.unit_id, contract.contract_id, contract.from_at))
        except UnitAlreadyAssigned as refusal:
            found.append(refusal)
    return found
