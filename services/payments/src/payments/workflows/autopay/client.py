"""How the auto-pay of an invoice is started, revived and stopped: rows of the causing transaction, nothing else."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx
from payments.workflows.autopay.messages import REVIVED

WORKFLOW = "AutoPay"


def workflow_id(invoice_id: UUID) -> str:
    """One auto-pay per invoice."""
    return f"autopay/{invoice_id}"


async def start(
    tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime, reason: str = "InvoiceIssued"
) -> None:
    target = (WORKFLOW, workflow_id(invoice_id))
    await wakeups.start(tx, organization_id, target, at=at, reason=reason, args={"invoice_id": str(invoice_id)})


async def revive(tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> None:
    """Try again now, with the method that the customer has just saved."""
    await start(tx, organization_id, invoice_id, at=at, reason=REVIVED)


async def stop(tx: Tx, organization_id: UUID, invoice_id: UUID, reason: str, *, at: datetime) -> None:
    """Let a waiting auto-pay look again; it finds nothing owed and ends."""
    target = (WORKFLOW, workflow_id(invoice_id))
    await wakeups.signal(tx, organization_id, target, at=at, reason=reason, payload={})
