"""What customers says of its accounts: whose people may sign in (CM-08)."""

from common.consuming import EventRouter
from common.db import Tx
from events.customers import CustomerChanged, CustomerRegistered
from events.envelope import Envelope
from identity.store import customers

router = EventRouter()


@router.on(CustomerRegistered)
@router.on(CustomerChanged)
async def keep(tx: Tx, event: CustomerRegistered | CustomerChanged, envelope: Envelope) -> None:
    await customers.keep(
        tx,
        envelope.organization_id,
        event.customer_id,
        is_open=event.is_active and event.has_portal_access,
        version=event.version,
    )
