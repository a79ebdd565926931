"""`/v1/invoices`: preview, read, explain, release, cancel, write off."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.auth import Principal
from common.db import Tx
from common.errors import NotFound
from common.http import Caller, Transaction, allow, new_router
from common.listing import Page, page_of, paged
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
from invoicing.store import books, folder, invoices
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.change_invoice import cancel_invoice, release_invoice, write_off_invoice
from invoicing.use_cases.draft_month import draft_month
from invoicing.use_cases.explain_invoice import explain_invoice
from invoicing.workflows.billing_run import client

router = new_router("invoices")
_AMOUNT = Query(None, max_digits=20, decimal_places=4)


class Filter(BaseModel):
    """Which invoices; days and amounts: both ends included. `q`: a part of a number, or the beginning of a period."""

    customer_id: UUID | None = None
    contract_id: UUID | None = None
    status: list[InvoiceStatus] | None = Query(None, max_length=10)
    period: str | None = Query(None, max_length=20)
    number: str | None = Query(None, max_length=60)
    q: str | None = Query(None, min_length=1, max_length=60)
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    is_open: bool | None = Query(None, description="Issued, and not paid in full.")
    issued_from_on: date | None = None
    issued_to_on: date | None = None
    due_from_on: date | None = None
    due_to_on: date | None = None
    total_from: Decimal | None = _AMOUNT
    total_to: Decimal | None = _AMOUNT
    run_id: UUID | None = None


UNSEEN = (InvoiceStatus.DRAFT, InvoiceStatus.HELD)


async def _answer(tx: Tx, kept: Kept) -> InvoiceAnswer:
    entries = await books.of_customer(tx, kept.customer_id, kept.currency)
    money = invoice_money(entries, str(kept.customer_id), str(kept.invoice_id))
    return InvoiceAnswer.of(kept, sorted(s.value for s in money.states))


async def seen(tx: Tx, caller: Principal, invoice_id: UUID) -> Kept:
    """The invoice; what is held has not gone out, and no customer sees it before (CB-61)."""
    kept = await invoices.get(tx, invoice_id)
    if caller.customer_id is not None and kept.status in UNSEEN:
        raise NotFound(f"There is no invoice {invoice_id}.", field="invoice_id")
    return kept


@router.post("/v1/invoices/preview", **allow("invoices.read"))
async def preview(tx: Transaction, caller: Caller, body: PreviewOrder) -> PreviewAnswer:
    """The invoices that a run would make of the customer's period, computed the same way; nothing is stored."""
    rules = await billing_rules(tx, caller.organization_id)
    period = rules.period(body.period)
    drafts = await draft_month(tx, await folder.read(tx, body.customer_id, body.period), period, rules)
    return PreviewAnswer(invoices=[InvoiceFigures(**InvoiceFigures.figures(d.invoice)) for d in drafts])


@router.get("/v1/invoices", **allow("invoices.read"))
async def list_invoices(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(invoices.LISTING)],
    wanted: Annotated[Filter, Query()],
) -> InvoiceList:
    """Invoices, usually in the order in which they were made; a customer's people see those that have gone out."""
    found = await invoices.page(tx, page, dict(wanted), out=caller.customer_id is not None)
    rows: list[dict[str, Any]] = [InvoiceAnswer.of(kept).model_dump() for kept in found]
    return InvoiceList(**page_of(rows, page))


@router.get("/v1/invoices/{invoice_id}", **allow("invoices.read"))
async def read(tx: Transaction, caller: Caller, invoice_id: UUID) -> InvoiceAnswer:
    """One invoice with its money states."""
    return await _answer(tx, await seen(tx, caller, invoice_id))


@router.get("/v1/invoices/{invoice_id}/explain", **allow("invoices.read"))
async def explain(tx: Transaction, caller: Caller, invoice_id: UUID) -> Explanation:
    """For every line a tree from the amount down to the reads it rests on."""
    await seen(tx, caller, invoice_id)
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


@router.post("/v1/invoices/{invoice_id}/write-off", **allow("invoices.write_off"))
async def write_off(tx: Transaction, caller: Caller, invoice_id: UUID, body: Why) -> InvoiceAnswer:
    """Give up the balance of an invoice (CB-69)."""
    at = await business_now(tx, caller.organization_id)
    return await _answer(tx, await write_off_invoice(tx, caller.organization_id, invoice_id, body.reason, at=at))
