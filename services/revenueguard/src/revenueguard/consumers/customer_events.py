"""The copy of customers: name and where mail about invoices goes (CM-05)."""

from common.consuming import EventRouter
from common.db import Tx
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope
from revenueguard.store import debts

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep_customer(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    row = {
        "customer_id": event.customer_id,
        "name": event.name,
        "email": event.billing_email or event.contact_email,
        "version": event.version,
    }
    await debts.keep_customer(tx, envelope.organization_id, row)
