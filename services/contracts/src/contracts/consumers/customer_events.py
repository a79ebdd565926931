"""Copies of what customers owns: who is there, in which currency, and what was signed."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.store import gates, places
from events.customers import AgreementRequired, AgreementSigned, CustomerChanged, CustomerRegistered
from events.envelope import Envelope

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep_customer(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    row = event.model_dump(include={"customer_id", "name", "currency", "contact_email", "is_active", "version"})
    await places.keep_customer(tx, envelope.organization_id, row)


@router.on(AgreementRequired)
async def agreement_required(tx: Tx, event: AgreementRequired, envelope: Envelope) -> None:
    await gates.keep_required(tx, envelope.organization_id, event.model_dump(mode="json", exclude={"text_sha256"}))


@router.on(AgreementSigned)
async def agreement_signed(tx: Tx, event: AgreementSigned, envelope: Envelope) -> None:
    """One that names a contract signs that contract's document, not an agreement in general."""
    subject_id = event.contract_id or event.agreement_id
    signed = subject_id, event.contract_id is not None, event.version, event.signed_on
    await gates.keep_signature(tx, envelope.organization_id, event.customer_id, signed)
