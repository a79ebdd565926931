"""The copy of customers: whether they exist and in which currency they are billed."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.store import places
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep_customer(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    row = event.model_dump(include={"customer_id", "name", "currency", "is_active", "version"})
    await places.keep_customer(tx, envelope.organization_id, row)
