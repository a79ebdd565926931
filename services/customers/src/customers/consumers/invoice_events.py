"""Invoices and credit: who is overdue, what tickets are about, whether an account can be given up."""

from decimal import Decimal
from typing import Any

from common.consuming import EventRouter
from common.db import Tx
from customers.store import copies
from customers.store.tables import credits, invoices
from events.envelope import Envelope, Event
from events.invoicing import (
    CreditChanged,
    InvoiceCancelled,
    InvoiceHeld,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceReopened,
    InvoiceSettled,
    InvoiceWrittenOff,
)

router = EventRouter()
_STATES: dict[type[Event], str] = {
    InvoiceHeld: "held",
    InvoiceIssued: "issued",
    InvoiceReopened: "issued",
    InvoiceOverdue: "overdue",
    InvoiceSettled: "settled",
    InvoiceCancelled: "cancelled",
    InvoiceWrittenOff: "written_off",
}


@router.on(InvoiceHeld)
@router.on(InvoiceIssued)
@router.on(InvoiceReopened)
@router.on(InvoiceOverdue)
@router.on(InvoiceSettled)
@router.on(InvoiceCancelled)
@router.on(InvoiceWrittenOff)
async def keep_invoice(tx: Tx, event: Any, envelope: Envelope) -> None:
    """Each kind says the state that the invoice is in from then on."""
    values = {"invoice_id": event.invoice_id, "customer_id": event.customer_id, "number": event.number}
    values |= {"organization_id": envelope.organization_id, "state": _STATES[type(event)]}
    await copies.put(tx, invoices, ["organization_id", "invoice_id"], values)


@router.on(CreditChanged)
async def keep_credit(tx: Tx, event: CreditChanged, envelope: Envelope) -> None:
    keys = {"organization_id": envelope.organization_id, "customer_id": event.customer_id, "currency": event.currency}
    await copies.put(tx, credits, list(keys), keys | {"balance": Decimal(event.balance)})
