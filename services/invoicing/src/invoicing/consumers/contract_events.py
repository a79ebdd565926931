"""The copy of contracts, units and assignments."""

from common.consuming import EventRouter
from common.db import Tx
from events.contracts import (
    ChargeAgreed,
    ContractActivated,
    ContractAmended,
    ContractResumed,
    ContractSuspended,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)
from events.envelope import Envelope
from invoicing.store import copies
from invoicing.use_cases.agree_charge import agree_charge
from invoicing.use_cases.keep_terms import keep_terms

router = EventRouter()


@router.on(ContractActivated)
@router.on(ContractAmended)
async def terms_known(tx: Tx, event: ContractActivated | ContractAmended, envelope: Envelope) -> None:
    terms = event.terms.model_dump(mode="json")
    await keep_terms(tx, envelope.organization_id, event.contract_id, event.version, terms)


@router.on(ContractSuspended)
@router.on(ContractResumed)
async def rest_known(tx: Tx, event: ContractSuspended | ContractResumed, envelope: Envelope) -> None:
    """Whole days of suspension cost no fixed amount."""
    if event.terms is not None:
        terms = event.terms.model_dump(mode="json")
        await keep_terms(tx, envelope.organization_id, event.contract_id, event.version, terms)


@router.on(ChargeAgreed)
async def charge_agreed(tx: Tx, event: ChargeAgreed, envelope: Envelope) -> None:
    await agree_charge(tx, envelope.organization_id, event)


@router.on(UnitRegistered)
async def unit_known(tx: Tx, event: UnitRegistered, envelope: Envelope) -> None:
    row = event.model_dump(include={"name", "site_id", "rated_w", "version"})
    await copies.keep_unit(tx, envelope.organization_id, event.unit_id, row)


@router.on(UnitAssigned)
async def assigned(tx: Tx, event: UnitAssigned, envelope: Envelope) -> None:
    edges = event.model_dump(include={"unit_id", "contract_id", "from_at", "operational_on"})
    await copies.keep_assignment(tx, envelope.organization_id, event.assignment_id, edges)


@router.on(UnitReleased)
async def released(tx: Tx, event: UnitReleased, envelope: Envelope) -> None:
    edges = event.model_dump(include={"unit_id", "contract_id", "to_at"})
    await copies.keep_assignment(tx, envelope.organization_id, event.assignment_id, edges)
