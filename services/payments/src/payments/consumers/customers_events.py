"""Who the customers are: only what a processor needs to show."""

from common.consuming import EventRouter
from common.db import Tx
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope
from payments.use_cases.keep_customer import keep_customer

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def known(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    await keep_customer(tx, envelope.organization_id, event.customer_id, event.company or event.name, event.version)
