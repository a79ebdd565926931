"""How a payment is asked to be brought to its end: charged by hand, unknown, heard of by webhook, or to be refunded."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "PaymentSweep"


def workflow_id(payment_id: UUID) -> str:
    """One sweep per payment at a time."""
    return f"payment-sweep/{payment_id}"


async def start(tx: Tx, organization_id: UUID, payment_id: UUID, reason: str, *, at: datetime) -> None:
    target = (WORKFLOW, workflow_id(payment_id))
    await wakeups.start(tx, organization_id, target, at=at, reason=reason, args={"payment_id": str(payment_id)})
