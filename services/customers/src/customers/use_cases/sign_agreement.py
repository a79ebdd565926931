"""Take a signature: evidence that is never changed (SF-06, SF-10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.errors import NotFound
from common.organizations import organization
from common.outbox import publish
from customers.domain.agreement import Signature, check_read
from customers.store import agreements, copies, customers
from customers.store.tables import contracts
from events.customers import AgreementSigned


async def sign_agreement(tx: Tx, organization_id: UUID, signature: Signature, *, at: datetime) -> Signature:
    """Only the newest text is signed by click: the signer's fingerprint must be that of the text as it is now."""
    assert signature.agreement_id is not None
    agreement = await agreements.get(tx, signature.agreement_id, for_change=True)
    check_read(agreement, signature.version, signature.text_sha256)
    return await keep_signature(tx, organization_id, signature, at=at)


async def keep_signature(tx: Tx, organization_id: UUID, signature: Signature, *, at: datetime) -> Signature:
    """A paper that came back signed may be of an earlier version: whether that counts, the agreement says.

    The document of a contract is kept as it was signed; contracts, which made it, compares.
    """
    (await customers.get(tx, signature.customer_id)).check_stands()
    if signature.contract_id is not None:
        owner = await copies.owner_of(tx, contracts, "contract_id", signature.contract_id)
        if owner not in (None, signature.customer_id):  # a draft is not known here
            raise NotFound(f"There is no contract {signature.contract_id}.", field="contract_id")
    await agreements.sign(tx, organization_id, signature)
    subject_id = signature.agreement_id or signature.contract_id
    assert subject_id is not None
    zone = (await organization(tx, organization_id)).timezone
    signed = AgreementSigned(
        customer_id=signature.customer_id,
        agreement_id=subject_id,
        text_sha256=signature.text_sha256,
        signed_on=local_day(signature.signed_at, zone),
        version=signature.version,
        contract_id=signature.contract_id,
        signed_at=signature.signed_at,
        signature_id=signature.id,
    )
    await publish(tx, organization_id, signed, at=at, source="customers")
    return signature
