"""An invoice leaves draft: number, claim in the ledger, credit, status; or it is born held (rules 7.2 to 7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from common.db import Tx, new_id
from common.outbox import rows_of
from events.envelope import Event
from invoicing.domain.credit_note import ledger_figures
from invoicing.domain.invoice import Invoice
from invoicing.domain.issue import issue, settle
from invoicing.domain.ledger import AccountKind, Entry, Head, balance, owed
from invoicing.domain.ledger_credit import Lot, credit_balance
from invoicing.domain.ledger_invoices import issued
from invoicing.domain.prepayment import held_amount
from invoicing.store import books, invoices
from invoicing.store.invoices import NUMBER_LATER, Kept
from invoicing.use_cases.announce import SOURCE, credit_events, hold_event, issue_events, tell_all


@dataclass(frozen=True, slots=True)
class Born:
    """What an invoice gets when it leaves draft: how its number begins, its run, and why it is held, if it is."""

    prefix: str
    run_id: UUID | None = None
    held_because: str | None = None
    invoice_id: UUID = field(default_factory=new_id)


async def issue_draft(
    tx: Tx, organization_id: UUID, draft: Invoice, born: Born, lots: Sequence[Lot], *, at: datetime
) -> Kept:
    """Issue a computed draft, or hold it. The customer is locked by the caller.

    The number comes last: while it is taken, everybody else who wants one waits.
    """
    if born.held_because is not None:
        invoice = issue(draft, Decimal(0), held=True).invoice
        kept = Kept(born.invoice_id, NUMBER_LATER, invoice, invoice.total, born.run_id, born.held_because)
        told = rows_of(organization_id, [hold_event(kept)], at=at, source=SOURCE)
        return await invoices.add(tx, organization_id, kept, (), told, born.prefix)
    invoice = issue(draft, credit_balance(lots)).invoice
    kept = Kept(born.invoice_id, NUMBER_LATER, invoice, invoice.amount_due, born.run_id)
    made = claim(kept, lots, at)
    told = rows_of(organization_id, _events(kept, lots, made, draft.head.issued_on), at=at, source=SOURCE)
    return await invoices.add(tx, organization_id, kept, made, told, born.prefix)


async def issue_held(tx: Tx, organization_id: UUID, held: Kept, released: Invoice, *, on: date, at: datetime) -> Kept:
    """Issue an invoice that was held: its claim and the credit are posted now."""
    lots = await books.of_lots(tx, held.customer_id, held.currency)
    invoice = settle(released, credit_balance(lots)).invoice
    kept = await invoices.save(tx, replace(held, invoice=invoice, balance=invoice.amount_due))
    made = claim(kept, lots, at)
    await books.append(tx, organization_id, made)
    await tell_all(tx, organization_id, _events(kept, lots, made, on), at)
    return kept


def claim(kept: Kept, lots: Sequence[Lot], at: datetime) -> list[Entry]:
    """The entries by which an invoice is owed; what they leave open is what is printed as due."""
    invoice, invoice_id = kept.invoice, str(kept.invoice_id)
    head = Head(invoice_id, invoice.head.customer_id, kept.currency, at)
    made = issued(head, ledger_figures(invoice, invoice_id, held_amount(invoice.lines)), lots)
    if owed(made, invoice_id) != kept.balance:
        raise AssertionError(f"invoice {invoice_id}: the ledger and the document differ")
    return made


def _events(kept: Kept, lots: Sequence[Lot], made: Sequence[Entry], on: date) -> list[Event]:
    before = credit_balance(lots)
    after = before - balance(made, AccountKind.CUSTOMER_CREDIT, str(kept.customer_id))
    whose = kept.customer_id, kept.currency
    return [*issue_events(kept, on), *credit_events(whose, (before, after), f"invoice {kept.number}")]
