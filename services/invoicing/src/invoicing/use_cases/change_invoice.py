"""What a person does to an invoice: release, cancel, write off (CB-62, CB-68, CB-69)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.errors import Conflict
from common.money import minor_unit
from common.organizations import organization
from events.invoicing import InvoiceCancelled, InvoiceWrittenOff
from invoicing.domain.invoice import InvoiceStatus, moved, released
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_invoices import cancelled, written_off
from invoicing.domain.lines import CHARGED, LineKind
from invoicing.domain.lost_deposits import lost_postings, unpaid_deposits
from invoicing.store import books, changes, charges, invoices, locks
from invoicing.store.invoices import OPEN, Kept
from invoicing.use_cases.announce import about, tell
from invoicing.use_cases.issue_invoice import claim, issue_held
from invoicing.use_cases.settle_balances import post_and_settle


class NotHeld(Conflict):
    """Only what is held can be released."""

    code = "not_held"


async def locked(tx: Tx, invoice_id: UUID) -> Kept:
    """The invoice, while nobody else moves its customer's money."""
    await locks.alone(tx, (await invoices.get(tx, invoice_id)).customer_id)
    return await invoices.get(tx, invoice_id)


async def release_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> Kept:
    """Let a held invoice go: it is issued, its due date counts from today (rule 7.1)."""
    kept = await locked(tx, invoice_id)
    host = await organization(tx, organization_id)
    today = local_day(at, host.timezone)
    if kept.status is not InvoiceStatus.HELD:
        raise NotHeld(f"Invoice {kept.number} is {kept.status.value}, not held.", field="status")
    let_go = released(kept.invoice, today, host.due_days)
    return await issue_held(tx, organization_id, kept, let_go, on=today, at=at)


async def cancel_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, reason: str, *, at: datetime) -> Kept:
    """Undo an invoice: what had settled it becomes credit, its charges and corrections wait for another invoice."""
    kept = await locked(tx, invoice_id)
    void = replace(kept, invoice=moved(kept.invoice, InvoiceStatus.CANCELLED), balance=kept.balance * 0)
    made = []
    if kept.status in OPEN:
        before = await books.of_customer(tx, kept.customer_id, kept.currency)
        head = Head(f"cancel/{invoice_id}", str(kept.customer_id), kept.currency, at, reason)
        made = cancelled(head, str(invoice_id), before)
    await _free(tx, organization_id, kept)
    void = await invoices.save(tx, void)
    await post_and_settle(tx, organization_id, (kept.customer_id, kept.currency), made, at=at, apart=invoice_id)
    await tell(tx, organization_id, InvoiceCancelled(**about(kept), reason=reason), at)
    return void


async def _free(tx: Tx, organization_id: UUID, kept: Kept) -> None:
    lines = kept.invoice.lines
    billed = [UUID(li.refers_to) for li in lines if li.kind in CHARGED and li.refers_to]
    await charges.note_billed(tx, billed, None)
    for line in lines:
        if line.kind is LineKind.ADJUSTMENT and line.contract_id and line.refers_to:
            await changes.note(tx, organization_id, UUID(line.contract_id), line.refers_to)


async def _unpaid_deposits(tx: Tx, kept: Kept) -> dict[str, Decimal]:
    """By contract, what of the deposits on the invoice was never paid and is not given back yet."""
    returned = {str(c) for c in await charges.returned_deposits(tx, kept.customer_id)}
    return unpaid_deposits(kept.invoice.lines, kept.balance, returned, minor_unit(kept.currency))


async def write_off_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, reason: str, *, at: datetime) -> Kept:
    """Give up what is open of an invoice; a held one becomes a claim and a loss in one go.

    A deposit on it that was never paid is not owed back: its return at the contract's end is that much smaller.
    """
    kept = await locked(tx, invoice_id)
    lost = replace(kept, invoice=moved(kept.invoice, InvoiceStatus.WRITTEN_OFF), balance=kept.balance * 0)
    before = await books.of_customer(tx, kept.customer_id, kept.currency)
    made = claim(kept, (), at) if kept.status is InvoiceStatus.HELD else []
    head = Head(f"write_off/{invoice_id}", str(kept.customer_id), kept.currency, at, reason)
    unpaid = await _unpaid_deposits(tx, kept)
    postings = lost_postings(str(kept.customer_id), str(invoice_id), unpaid)
    made += written_off(head, str(invoice_id), [*before, *made], postings)
    for contract_id, amount in unpaid.items():
        await charges.lower_return(tx, UUID(contract_id), amount)
    lost = await invoices.save(tx, lost)
    await post_and_settle(tx, organization_id, (kept.customer_id, kept.currency), made, at=at, apart=invoice_id)
    await tell(tx, organization_id, InvoiceWrittenOff(**about(kept), amount=f"{kept.balance:f}"), at)
    return lost
