"""What a person does to an invoice: release, cancel, write off (CB-62, CB-68, CB-69)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from events.invoicing import InvoiceCancelled, InvoiceWrittenOff
from invoicing.domain.invoice import InvoiceStatus, check_transition, moved, released
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_invoices import cancelled, written_off
from invoicing.domain.lines import LineKind
from invoicing.store import books, charges, copies, invoices
from invoicing.store.invoices import Kept
from invoicing.use_cases.announce import about, tell
from invoicing.use_cases.issue_invoice import issue_held
from invoicing.use_cases.settle_balances import post_and_settle


async def _locked(tx: Tx, invoice_id: UUID) -> Kept:
    await copies.payer(tx, (await invoices.get(tx, invoice_id)).customer_id, lock=True)
    return await invoices.get(tx, invoice_id)


async def release_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> Kept:
    """Let a held invoice go: it is issued, its due date counts from today (rule 7.1)."""
    kept = await _locked(tx, invoice_id)
    host = await organization(tx, organization_id)
    today = local_day(at, host.timezone)
    let_go = released(kept.invoice, today, host.due_days)
    return await issue_held(tx, organization_id, kept, let_go, on=today, at=at)


async def cancel_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, reason: str, *, at: datetime) -> Kept:
    """Undo an invoice; what had settled it becomes credit again, and its charges are unbilled again."""
    kept = await _locked(tx, invoice_id)
    check_transition(kept.status, InvoiceStatus.CANCELLED)
    was_out = kept.status in (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE)
    billed = [UUID(li.refers_to) for li in kept.invoice.lines if li.kind is LineKind.SERVICE and li.refers_to]
    await charges.note_billed(tx, billed, None)
    if was_out:
        whose = kept.customer_id, kept.currency
        before = await books.of_customer(tx, *whose)
        head = Head(f"cancel/{invoice_id}", str(kept.customer_id), kept.currency, at, reason)
        made = cancelled(head, str(invoice_id), before)
    kept = await invoices.save(
        tx, replace(kept, invoice=moved(kept.invoice, InvoiceStatus.CANCELLED), balance=kept.balance * 0)
    )
    if was_out:
        await post_and_settle(tx, organization_id, whose, before, made, at=at)
    await tell(tx, organization_id, InvoiceCancelled(**about(kept), reason=reason), at)
    return kept


async def write_off_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID, reason: str, *, at: datetime) -> Kept:
    """Give up what is open of an invoice."""
    kept = await _locked(tx, invoice_id)
    check_transition(kept.status, InvoiceStatus.WRITTEN_OFF)
    if kept.status is InvoiceStatus.HELD:
        kept = await release_invoice(tx, organization_id, invoice_id, at=at)
    whose = kept.customer_id, kept.currency
    before = await books.of_customer(tx, *whose)
    head = Head(f"write_off/{invoice_id}", str(kept.customer_id), kept.currency, at, reason)
    amount = kept.balance
    made = written_off(head, str(invoice_id), before)
    kept = await invoices.save(
        tx, replace(kept, invoice=moved(kept.invoice, InvoiceStatus.WRITTEN_OFF), balance=kept.balance * 0)
    )
    await post_and_settle(tx, organization_id, whose, before, made, at=at)
    await tell(tx, organization_id, InvoiceWrittenOff(**about(kept), amount=f"{amount:f}"), at)
    return kept
