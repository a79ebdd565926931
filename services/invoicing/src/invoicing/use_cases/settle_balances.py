"""After money moved: the balance and status of each invoice follow from the ledger (rules 7.1, 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from events.invoicing import InvoiceReopened, InvoiceSettled
from invoicing.domain.invoice import InvoiceStatus, moved
from invoicing.domain.ledger import Entry, owed
from invoicing.domain.ledger_credit import credit_balance, lots
from invoicing.store import books, invoices
from invoicing.store.invoices import OPEN, Kept
from invoicing.use_cases.announce import about, announce_credit, tell


async def post_and_settle(
    tx: Tx,
    organization_id: UUID,
    whose: tuple[UUID, str],
    before: Sequence[Entry],
    made: Sequence[Entry],
    *,
    at: datetime,
) -> None:
    """Append entries of a customer and currency, and carry what they moved to invoices and credit."""
    customer_id, currency = whose
    await books.append(tx, organization_id, made)
    after = [*before, *made]
    touched = {p.invoice_id for e in made for p in e.postings if p.invoice_id is not None}
    for kept in await invoices.of_customer(tx, customer_id, currency):
        if str(kept.invoice_id) in touched:
            await _follow(tx, organization_id, kept, after, at)
    balances = credit_balance(lots(before, str(customer_id))), credit_balance(lots(after, str(customer_id)))
    reason = made[0].kind.value if made else ""
    await announce_credit(tx, organization_id, whose, balances, reason, at)


async def _follow(tx: Tx, organization_id: UUID, kept: Kept, entries: Sequence[Entry], at: datetime) -> None:
    open_amount = owed(entries, str(kept.invoice_id))
    if open_amount == kept.balance and not (open_amount == 0 and kept.status in OPEN):
        return
    invoice = kept.invoice
    today = local_day(at, (await organization(tx, organization_id)).timezone)
    if open_amount <= 0 and kept.status in OPEN:
        kept = await invoices.save(tx, replace(kept, invoice=moved(invoice, InvoiceStatus.PAID), balance=open_amount))
        await tell(tx, organization_id, InvoiceSettled(**about(kept), settled_on=today), at)
    elif open_amount > 0 and kept.status is InvoiceStatus.PAID:
        is_late = invoice.head.due_on < today
        status = InvoiceStatus.OVERDUE if is_late else InvoiceStatus.ISSUED
        kept = await invoices.save(tx, replace(kept, invoice=moved(invoice, status), balance=open_amount))
        event = InvoiceReopened(**about(kept), due_on=invoice.head.due_on, balance=f"{open_amount:f}")
        await tell(tx, organization_id, event, at)
    else:
        await invoices.save(tx, replace(kept, balance=open_amount))
