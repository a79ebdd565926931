"""What other services are told of assignments and changed terms."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from common.money import exact_text
from common.outbox import publish
from contracts.domain.contract import Contract
from contracts.domain.hand_over import SplitBy
from contracts.domain.life import counted
from contracts.domain.pricing import OmTerms
from contracts.store import assignments, places
from contracts.store.assignments import Held
from contracts.store.contracts import Kept
from contracts.store.past import Why
from contracts.use_cases.terms_on_the_wire import wire_terms
from events.contracts import ContractAmended, UnitAssigned, UnitReleased


async def announce_assignment(
    tx: Tx, organization_id: UUID, held: Held, operational_on: date | None, at: datetime
) -> None:
    one = held.assignment
    event = UnitAssigned(
        assignment_id=held.assignment_id,
        unit_id=UUID(one.unit_id),
        contract_id=UUID(one.contract_id),
        customer_id=held.customer_id,
        from_at=one.from_at,
        operational_on=operational_on,
    )
    await publish(tx, organization_id, event, at=at, source="contracts")


@dataclass(frozen=True, slots=True)
class Split:
    """What divides the energy where a unit is released, and how its register stood then, where somebody looked."""

    by: SplitBy
    register_kwh: Fraction | None = None


async def announce_release(
    tx: Tx, organization_id: UUID, held: Held, to_at: datetime, *, split: Split | None = None, at: datetime
) -> None:
    one = held.assignment
    read = split.register_kwh if split is not None and split.by is SplitBy.READING else None
    event = UnitReleased(
        assignment_id=held.assignment_id,
        unit_id=UUID(one.unit_id),
        contract_id=UUID(one.contract_id),
        to_at=to_at,
        split_by=split.by.value if split is not None else None,
        register_kwh=exact_text(read) if read is not None else None,
    )
    await publish(tx, organization_id, event, at=at, source="contracts")


async def announce_terms(tx: Tx, organization_id: UUID, kept: Kept, why: Why, at: datetime) -> None:
    """The whole of the terms after a change, and how far the assignments count now."""
    contract = kept.contract
    for held in await assignments.of_contract(tx, kept.contract_id):
        counts = counted(contract, [held.assignment])
        ends_at = counts[0].to_at if counts else held.assignment.from_at
        if ends_at != held.counts_to_at:
            await assignments.save(tx, Held(held.assignment_id, held.customer_id, held.assignment, ends_at))
    event = ContractAmended(
        contract_id=kept.contract_id,
        version=kept.version,
        effective_at=why.effective_at,
        change=why.change,
        terms=wire_terms(contract, await site_names(tx, contract)),
    )
    await publish(tx, organization_id, event, at=at, source="contracts")


async def site_names(tx: Tx, contract: Contract) -> dict[str, str]:
    """The names of an O&M contract's sites; each must exist."""
    names: dict[str, str] = {}
    if isinstance(contract.pricing, OmTerms):
        for site in contract.pricing.sites:
            try:
                names[site.site_id] = (await places.site_row(tx, UUID(site.site_id))).name
            except NotFound as error:
                raise NotFound(error.message, field="sites", remedy="a site of this organization") from error
    return names
