"""How the rest of the service starts a billing run."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "BillingRun"
DELIVERY = "InvoiceDelivery"


def workflow_id(run_id: UUID) -> str:
    """One workflow per run."""
    return f"billing-run/{run_id}"


def delivery_id(invoice_id: UUID) -> str:
    return f"invoice-delivery/{invoice_id}"


async def begin(tx: Tx, organization_id: UUID, run_id: UUID, *, at: datetime) -> None:
    args = {"run_id": str(run_id)}
    await wakeups.start(tx, organization_id, (WORKFLOW, workflow_id(run_id)), at=at, reason="requested", args=args)


async def deliver(tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> None:
    """Write and mail one invoice outside a run: a released one, or a prepaid cycle's."""
    args = {"invoice_id": str(invoice_id)}
    target = (DELIVERY, delivery_id(invoice_id))
    await wakeups.start(tx, organization_id, target, at=at, reason="issued", args=args)
