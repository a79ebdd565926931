"""After money moved: the balance and status of each invoice follow from the ledger (rules 7.1, 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from events.invoicing import InvoiceReopened, InvoiceSettled
from invoicing.domain.invoice import InvoiceStatus, moved
from invoicing.domain.ledger import AccountKind, Entry, balance, owed
from invoicing.domain.ledger_credit import credit_balance
from invoicing.store import books, invoices
from invoicing.store.invoices import OPEN, Kept
from invoicing.use_cases.announce import about, credit_events, tell, tell_all


async def post_and_settle(
    tx: Tx,
    organization_id: UUID,
    whose: tuple[UUID, str],
    made: Sequence[Entry],
    *,
    at: datetime,
    apart: UUID | None = None,
) -> None:
    """Append a customer's entries in a currency, and carry what they moved to invoices and credit.

    `apart` is an invoice whose own state the caller sets. The customer is locked by the caller.
    """
    change = -balance(made, AccountKind.CUSTOMER_CREDIT, str(whose[0]))
    before = credit_balance(await books.of_lots(tx, *whose)) if change else Decimal(0)
    await books.append(tx, organization_id, made)
    touched = {p.invoice_id for e in made for p in e.postings if p.account.kind is AccountKind.RECEIVABLE}
    for kept in await invoices.named(tx, [UUID(i) for i in touched if i is not None and i != str(apart)]):
        await _follow(tx, organization_id, kept, owed(made, str(kept.invoice_id)), at)
    reason = made[0].kind.value if made else ""
    await tell_all(tx, organization_id, credit_events(whose, (before, before + change), reason), at)


async def _follow(tx: Tx, organization_id: UUID, kept: Kept, change: Decimal, at: datetime) -> None:
    """The balance is the sum of the entries: what they added is added here."""
    if not change:
        return
    invoice, open_amount = kept.invoice, kept.balance + change
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
