"""A credit note: an issued invoice never changes, what was too much on it is given back by a document (rule 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from common.clock import local_day
from common.db import Tx, new_id
from common.errors import Conflict
from common.money import Money
from common.organizations import organization
from invoicing.domain.credit_note import note_on
from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_invoices import credited
from invoicing.store import books, credit_notes
from invoicing.store.credit_notes import KeptNote
from invoicing.use_cases.change_invoice import locked
from invoicing.use_cases.settle_balances import post_and_settle

CREDITED = (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE, InvoiceStatus.PAID)


class NotCredited(Conflict):
    """Only an invoice that is with the customer is corrected by a note."""

    code = "not_credited"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of an invoice is given back, tax included, and why."""

    invoice_id: UUID
    amount: Decimal
    reason: str
    prefix: str


async def credit_invoice(tx: Tx, organization_id: UUID, wanted: Wanted, *, at: datetime) -> KeptNote:
    """The note lowers what is owed of its invoice, the rest becomes credit."""
    kept = await locked(tx, wanted.invoice_id)
    if kept.status not in CREDITED:
        raise NotCredited(
            f"Invoice {kept.number} is {kept.status.value}; there is nothing to give back.",
            field="status",
            remedy="release or cancel it instead" if kept.status is InvoiceStatus.HELD else "nothing to do",
        )
    amount = Money(wanted.amount, kept.currency).amount
    earlier = await credit_notes.of_invoice(tx, kept.invoice_id)
    note = note_on(kept.invoice, str(kept.invoice_id), str(new_id()), amount, [n.note for n in earlier])
    before = await books.of_customer(tx, kept.customer_id, kept.currency)
    head = Head(f"credit_note/{note.note_id}", str(kept.customer_id), kept.currency, at, wanted.reason)
    made = credited(head, note, before)
    await post_and_settle(tx, organization_id, (kept.customer_id, kept.currency), made, at=at)
    issued_on = await _today(tx, organization_id, at)
    given = KeptNote(note, kept.customer_id, kept.currency, "", issued_on, wanted.reason)
    return await credit_notes.add(tx, organization_id, given, wanted.prefix)


async def _today(tx: Tx, organization_id: UUID, at: datetime) -> date:
    return local_day(at, (await organization(tx, organization_id)).timezone)
