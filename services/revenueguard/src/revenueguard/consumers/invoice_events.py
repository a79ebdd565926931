"""What is owed, as invoicing says it; an overdue invoice starts the customer's delinquency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from common.clock import local_day
from common.consuming import EventRouter
from common.db import Tx
from common.organizations import organization
from events.envelope import Envelope
from events.invoicing import (
    InvoiceCancelled,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceReopened,
    InvoiceSettled,
    InvoiceWrittenOff,
)
from revenueguard.store import debts
from revenueguard.workflows.delinquency import client

router = EventRouter()


def _row(event: InvoiceIssued | InvoiceOverdue | InvoiceReopened, balance: str, state: str) -> dict[str, Any]:
    return {
        "invoice_id": event.invoice_id,
        "customer_id": event.customer_id,
        "number": event.number,
        "currency": event.currency,
        "due_on": event.due_on,
        "balance": Decimal(balance),
        "state": state,
    }


@router.on(InvoiceIssued)
async def issued(tx: Tx, event: InvoiceIssued, envelope: Envelope) -> None:
    state = "open" if Decimal(event.amount_due) > 0 else "closed"
    await debts.keep_invoice(tx, envelope.organization_id, _row(event, event.amount_due, state))


@router.on(InvoiceOverdue)
async def overdue(tx: Tx, event: InvoiceOverdue, envelope: Envelope) -> None:
    await debts.keep_invoice(tx, envelope.organization_id, _row(event, event.balance, "overdue"))
    await client.begin(tx, envelope.organization_id, event.customer_id, at=envelope.time, reason="InvoiceOverdue")


@router.on(InvoiceReopened)
async def reopened(tx: Tx, event: InvoiceReopened, envelope: Envelope) -> None:
    zone = (await organization(tx, envelope.organization_id)).timezone
    is_late = event.due_on < local_day(envelope.time, zone)
    await debts.keep_invoice(tx, envelope.organization_id, _row(event, event.balance, "overdue" if is_late else "open"))
    if is_late:
        await client.begin(tx, envelope.organization_id, event.customer_id, at=envelope.time, reason="InvoiceReopened")


@router.on(InvoiceSettled)
@router.on(InvoiceCancelled)
@router.on(InvoiceWrittenOff)
async def closed(tx: Tx, event: InvoiceSettled | InvoiceCancelled | InvoiceWrittenOff, envelope: Envelope) -> None:
    await debts.close_invoice(tx, event.invoice_id)
    await client.tell(tx, envelope.organization_id, event.customer_id, at=envelope.time, reason=type(event).__name__)
