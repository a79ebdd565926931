"""The invoices that the energize gate waits for: first ones of prepaid contracts, and those that charge a deposit."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.store import contracts, gates
from contracts.use_cases.agree_charges import charge_id_of
from events.envelope import Envelope
from events.invoicing import InvoiceCancelled, InvoiceIssued, InvoiceReopened, InvoiceSettled, InvoiceWrittenOff

router = EventRouter()


@router.on(InvoiceIssued)
async def issued(tx: Tx, event: InvoiceIssued, envelope: Envelope) -> None:
    if event.cycle == 1 and event.contract_id is not None:
        row = event.model_dump(include={"invoice_id", "customer_id", "contract_id", "number"})
        row["unit_ids"] = [str(unit_id) for unit_id in event.unit_ids]
        await gates.keep_first_invoice(tx, envelope.organization_id, row)
    charged = set(event.charge_ids)
    for contract_id in await contracts.ids_of_customer(tx, event.customer_id) if charged else ():
        if charge_id_of(contract_id, "deposit") in charged:
            row = event.model_dump(include={"invoice_id", "customer_id", "number"}) | {"contract_id": contract_id}
            await gates.keep_deposit_invoice(tx, envelope.organization_id, row)


@router.on(InvoiceSettled)
async def settled(tx: Tx, event: InvoiceSettled, _: Envelope) -> None:
    await gates.move_invoice(tx, event.invoice_id, "settled")


@router.on(InvoiceReopened)
async def reopened(tx: Tx, event: InvoiceReopened, _: Envelope) -> None:
    await gates.move_invoice(tx, event.invoice_id, "issued")


@router.on(InvoiceCancelled)
async def cancelled(tx: Tx, event: InvoiceCancelled, _: Envelope) -> None:
    await gates.move_invoice(tx, event.invoice_id, "cancelled")


@router.on(InvoiceWrittenOff)
async def written_off(tx: Tx, event: InvoiceWrittenOff, _: Envelope) -> None:
    await gates.move_invoice(tx, event.invoice_id, "written_off")
