"""What invoicing says of invoices: what is owed, and what is not owed any more."""

from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.invoicing import InvoiceCancelled, InvoiceIssued, InvoiceReopened, InvoiceSettled, InvoiceWrittenOff
from payments.use_cases.keep_invoice import keep_ended, keep_issued, keep_reopened
from payments.workflows.autopay import client as autopay

router = EventRouter()


@router.on(InvoiceIssued)
async def issued(tx: Tx, event: InvoiceIssued, envelope: Envelope) -> None:
    if await keep_issued(tx, envelope.organization_id, event):
        await autopay.start(tx, envelope.organization_id, event.invoice_id, at=envelope.time)


@router.on(InvoiceReopened)
async def reopened(tx: Tx, event: InvoiceReopened, _: Envelope) -> None:
    await keep_reopened(tx, event.invoice_id)


@router.on(InvoiceSettled)
@router.on(InvoiceCancelled)
@router.on(InvoiceWrittenOff)
async def ended(tx: Tx, event: InvoiceSettled | InvoiceCancelled | InvoiceWrittenOff, envelope: Envelope) -> None:
    await keep_ended(tx, event.invoice_id)
    await autopay.stop(tx, envelope.organization_id, event.invoice_id, type(event).__name__, at=envelope.time)
