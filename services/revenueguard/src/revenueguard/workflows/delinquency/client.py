"""How the rest of the service reaches a customer's delinquency workflow."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "Delinquency"


def workflow_id(customer_id: UUID) -> str:
    """One delinquency per customer."""
    return f"delinquency/{customer_id}"


async def begin(tx: Tx, organization_id: UUID, customer_id: UUID, *, at: datetime, reason: str) -> None:
    """Start it, or wake it where it runs."""
    args = {"customer_id": str(customer_id)}
    await wakeups.start(tx, organization_id, (WORKFLOW, workflow_id(customer_id)), at=at, reason=reason, args=args)


async def tell(tx: Tx, organization_id: UUID, customer_id: UUID, *, at: datetime, reason: str) -> None:
    """Wake it where it runs: something about the customer's debts changed."""
    await wakeups.signal(tx, organization_id, (WORKFLOW, workflow_id(customer_id)), at=at, reason=reason, payload={})
