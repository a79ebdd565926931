"""The copy of customers, and whether they are in default (CB-60)."""

from common.consuming import EventRouter
from common.db import Tx
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope
from events.revenueguard import CustomerDefaulted, DefaultCleared
from invoicing.store import copies

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep_customer(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    row = event.model_dump(
        include={
            "customer_id",
            "version",
            "name",
            "company",
            "currency",
            "is_active",
            "on_billing_hold",
            "issuing_entity_id",
        }
    )
    row["email"] = event.billing_email or event.contact_email
    await copies.keep_customer(tx, envelope.organization_id, row)


@router.on(CustomerDefaulted)
async def defaulted(tx: Tx, event: CustomerDefaulted, _: Envelope) -> None:
    await copies.set_default(tx, event.customer_id, True)


@router.on(DefaultCleared)
async def cleared(tx: Tx, event: DefaultCleared, _: Envelope) -> None:
    await copies.set_default(tx, event.customer_id, False)
