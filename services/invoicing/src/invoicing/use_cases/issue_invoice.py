"""An invoice leaves draft: number, claim in the ledger, credit, status; or it is born held (rules 7.2 to 7.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from common.db import Tx
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.issue import issue, settle
from invoicing.domain.ledger import Entry, Head, owed
from invoicing.domain.ledger_credit import credit_balance, lots
from invoicing.domain.ledger_invoices import IssuedFigures, issued
from invoicing.domain.lines import LineKind
from invoicing.store import books, invoices
from invoicing.store.invoices import Kept
from invoicing.use_cases.announce import announce_credit, announce_hold, announce_issue


@dataclass(frozen=True, slots=True)
class Numbered:
    """What an invoice gets when it leaves draft."""

    invoice_id: UUID
    number: str
    run_id: UUID | None


async def issue_draft(
    tx: Tx, organization_id: UUID, draft: Invoice, numbered: Numbered, held: str | None, *, at: datetime
) -> Kept:
    """Issue a computed draft, or hold it with the reason. The customer is locked by the caller."""
    if held is not None:
        invoice = issue(draft, Decimal(0), held=True).invoice
        kept = Kept(numbered.invoice_id, numbered.number, invoice, invoice.total, numbered.run_id, None, 1)
        await invoices.add(tx, organization_id, kept)
        await announce_hold(tx, organization_id, kept, held, at=at)
        return kept
    entries = await books.of_customer(tx, UUID(draft.head.customer_id), draft.head.currency)
    invoice = issue(draft, credit_balance(lots(entries, draft.head.customer_id))).invoice
    kept = Kept(numbered.invoice_id, numbered.number, invoice, invoice.amount_due, numbered.run_id, None, 1)
    await invoices.add(tx, organization_id, kept)
    await _post(tx, organization_id, kept, entries, on=draft.head.issued_on, at=at)
    return kept


async def issue_held(tx: Tx, organization_id: UUID, held: Kept, let_go: Invoice, *, on: date, at: datetime) -> Kept:
    """Issue an invoice that was held: its claim and the credit are posted now, its due date counts from now."""
    entries = await books.of_customer(tx, held.customer_id, held.currency)
    invoice = settle(let_go, credit_balance(lots(entries, let_go.head.customer_id))).invoice
    kept = await invoices.save(tx, replace(held, invoice=invoice, balance=invoice.amount_due))
    await _post(tx, organization_id, kept, entries, on=on, at=at)
    return kept


async def _post(tx: Tx, organization_id: UUID, kept: Kept, entries: list[Entry], *, on: date, at: datetime) -> None:
    invoice, customer_id = kept.invoice, str(kept.customer_id)
    head = Head(str(kept.invoice_id), customer_id, kept.currency, at)
    before = lots(entries, customer_id)
    made = issued(head, _figures(kept.invoice_id, invoice), before)
    await books.append(tx, organization_id, made)
    open_amount = owed([*entries, *made], str(kept.invoice_id))
    assert open_amount == invoice.amount_due, (open_amount, invoice.amount_due)
    await announce_issue(tx, organization_id, kept, on=on, at=at)
    balances = credit_balance(before), credit_balance(lots([*entries, *made], customer_id))
    whose = kept.customer_id, kept.currency
    await announce_credit(tx, organization_id, whose, balances, f"invoice {kept.number}", at)


def _figures(invoice_id: UUID, invoice: Invoice) -> IssuedFigures:
    late_fees = sum((line.amount for line in invoice.lines if line.kind is LineKind.LATE_FEE), Decimal(0))
    return IssuedFigures(
        str(invoice_id), invoice.total, tuple((t.code, t.amount) for t in invoice.taxes), late_fees=late_fees
    )


def is_out(kept: Kept) -> bool:
    """Whether the invoice is with the customer."""
    return kept.status not in (InvoiceStatus.DRAFT, InvoiceStatus.HELD, InvoiceStatus.CANCELLED)
