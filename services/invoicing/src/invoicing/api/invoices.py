"""`/v1/invoices`: preview, read, explain, release, cancel, write off."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from common.db import Tx
from common.http import Caller, OwnDatabase, Paged, Transaction, allow, new_router, page_of
from common.organizations import business_now
from invoicing.api.schemas import (
    ExplainNode,
    Explanation,
    InvoiceAnswer,
    InvoiceFigures,
    InvoiceList,
    PreviewAnswer,
    PreviewOrder,
    Why,
)
from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.money_state import invoice_money
from invoicing.gateways.documents import Documents
from invoicing.store import books, copies, invoices
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.change_invoice import cancel_invoice, release_invoice, write_off_invoice
from invoicing.use_cases.draft_month import draft_month
from invoicing.use_cases.explain_invoice import explain_invoice
from invoicing.use_cases.present_invoice import printed_invoice
from invoicing.workflows.billing_run import client

router = new_router("invoices")


def _documents(request: Request) -> Documents:
    return request.app.state.documents  # type: ignore[no-any-return]


async def _answer(tx: Tx, kept: Kept) -> InvoiceAnswer:
    entries = await books.of_customer(tx, kept.customer_id, kept.currency)
    money = invoice_money(entries, str(kept.customer_id), str(kept.invoice_id))
    return InvoiceAnswer.of(kept, sorted(s.value for s in money.states))


@router.post("/v1/invoices/preview", **allow("invoices.read"))
async def preview(tx: Transaction, caller: Caller, body: PreviewOrder) -> PreviewAnswer:
    """The invoices that a run would make of the customer's period, computed the same way; nothing is stored."""
    rules = await billing_rules(tx, caller.organization_id)
    payer = await copies.payer(tx, body.customer_id)
    drafts = await draft_month(tx, payer, rules.period(body.period), rules)
    return PreviewAnswer(invoices=[InvoiceFigures(**InvoiceFigures.figures(d.invoice)) for d in drafts])


@router.get("/v1/invoices", **allow("invoices.read"))
async def list_invoices(
    tx: Transaction,
    page: Paged,
    customer_id: UUID | None = None,
    status: InvoiceStatus | None = None,
    period: str | None = None,
) -> InvoiceList:
    """Invoices in the order in which they were made; of a customer, in a status, of a period where named."""
    found = await invoices.page(tx, page.after, page.limit, customer_id=customer_id, status=status, period=period)
    rows: list[dict[str, Any]] = [InvoiceAnswer.of(kept).model_dump() for kept in found]
    return InvoiceList(**page_of(rows, page))


@router.get("/v1/invoices/{invoice_id}", **allow("invoices.read"))
async def read(tx: Transaction, invoice_id: UUID) -> InvoiceAnswer:
    """One invoice with its money states."""
    return await _answer(tx, await invoices.get(tx, invoice_id))


@router.get("/v1/invoices/{invoice_id}/pdf", response_class=Response, **allow("invoices.read", transaction=False))
async def pdf(
    database: OwnDatabase, caller: Caller, invoice_id: UUID, documents: Annotated[Documents, Depends(_documents)]
) -> Response:
    """The document; written now if it never was."""
    async with database.transaction(caller.tenant) as tx:
        content, kept, _ = await printed_invoice(tx, caller.organization_id, invoice_id)
    document = documents.read(caller.organization_id, invoice_id)
    if document is None:
        document = await documents.write(caller.organization_id, invoice_id, content)
    headers = {"Content-Disposition": f'attachment; filename="{kept.number or "draft"}.pdf"'}
    return Response(document, media_type="application/pdf", headers=headers)


@router.get("/v1/invoices/{invoice_id}/explain", **allow("invoices.read"))
async def explain(tx: Transaction, caller: Caller, invoice_id: UUID) -> Explanation:
    """For every line a tree from the amount down to the reads it rests on."""
    nodes = await explain_invoice(tx, caller.organization_id, invoice_id)
    return Explanation(lines=[ExplainNode.of(node) for node in nodes])


@router.post("/v1/invoices/{invoice_id}/release", **allow("invoices.release"))
async def release(tx: Transaction, caller: Caller, invoice_id: UUID) -> InvoiceAnswer:
    """Let a held invoice go; its due date counts from today (CB-62). It is mailed like any other."""
    at = await business_now(tx, caller.organization_id)
    kept = await release_invoice(tx, caller.organization_id, invoice_id, at=at)
    await client.deliver(tx, caller.organization_id, invoice_id, at=at)
    return await _answer(tx, kept)


@router.post("/v1/invoices/{invoice_id}/cancel", **allow("invoices.cancel"))
async def cancel(tx: Transaction, caller: Caller, invoice_id: UUID, body: Why) -> InvoiceAnswer:
    """Undo an invoice that is not paid; what had settled it becomes credit."""
    at = await business_now(tx, caller.organization_id)
    return await _answer(tx, await cancel_invoice(tx, caller.organization_id, invoice_id, body.reason, at=at))


@router.post("/v1/invoices/{invoice_id}/write-off", **allow("invoices.cancel"))
async def write_off(tx: Transaction, caller: Caller, invoice_id: UUID, body: Why) -> InvoiceAnswer:
    """Give up the balance of an invoice (CB-69)."""
    at = await business_now(tx, caller.organization_id)
    return await _answer(tx, await write_off_invoice(tx, caller.organization_id, invoice_id, body.reason, at=at))
