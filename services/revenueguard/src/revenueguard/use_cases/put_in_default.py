"""Put a customer in default, with the reason (CB-102): new invoices are born held from now on (CB-60)."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.revenueguard import CustomerDefaulted
from revenueguard.store import debts


async def put_in_default(tx: Tx, organization_id: UUID, customer_id: UUID, reason: str, *, at: datetime) -> bool:
    """False, and nothing done, where the customer is in default already."""
    await debts.open_delinquency(tx, organization_id, customer_id, at)
    before = await debts.delinquency(tx, customer_id)
    if before is not None and before.is_default:
        return False
    await debts.note_default(tx, customer_id, reason, at)
    event = CustomerDefaulted(customer_id=customer_id, reason=reason, since_at=at)
    await publish(tx, organization_id, event, at=at, source="revenueguard")
    return True
