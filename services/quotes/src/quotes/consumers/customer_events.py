"""What customers says of its accounts: whom a quote can be for, and where it goes."""

from common.consuming import EventRouter
from common.db import Tx
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope
from quotes.store import copies
from quotes.store.tables import customers

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    values = {
        "organization_id": envelope.organization_id,
        "customer_id": event.customer_id,
        "name": event.company or event.name,
        "email": event.contact_email,
        "is_active": event.is_active,
        "version": event.version,
    }
    await copies.keep(tx, customers, "customer_id", values)
