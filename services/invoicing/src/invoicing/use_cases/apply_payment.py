"""Money came: it settles its invoice, then the oldest open ones; the surplus becomes credit (rule 7.7)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from common.db import Tx
from events.envelope import Envelope
from events.payments import PaymentReversed, PaymentSucceeded
from invoicing.domain.ledger import EntryKind, Head
from invoicing.domain.ledger_payments import OpenItem, fee_taken, paid, reversed_payment
from invoicing.store import books, copies, invoices
from invoicing.store.invoices import OPEN
from invoicing.use_cases.settle_balances import post_and_settle


async def apply_payment(tx: Tx, organization_id: UUID, payment: PaymentSucceeded, envelope: Envelope) -> None:
    """A payment is posted once, however often it is told."""
    source_id = str(payment.payment_id)
    await copies.payer(tx, payment.customer_id, lock=True)
    if await books.has(tx, EntryKind.PAYMENT, source_id):
        return
    whose = payment.customer_id, payment.currency
    before = await books.of_customer(tx, *whose)
    head = Head(source_id, str(payment.customer_id), payment.currency, envelope.time)
    made = paid(head, payment.processor, Decimal(payment.amount), await _items(tx, payment))
    if Decimal(payment.fee) > 0:
        made += fee_taken(head, payment.processor, Decimal(payment.fee))
    await post_and_settle(tx, organization_id, whose, before, made, at=envelope.time)


async def _items(tx: Tx, payment: PaymentSucceeded) -> list[OpenItem]:
    """A payment that names an invoice settles that one; one that names none, the oldest due first."""
    kept = [i for i in await invoices.of_customer(tx, payment.customer_id, payment.currency) if i.status in OPEN]
    if payment.invoice_id is not None:
        kept = [i for i in kept if i.invoice_id == payment.invoice_id]
    kept.sort(key=lambda i: (i.invoice.head.due_on, i.number or ""))
    return [OpenItem(str(i.invoice_id), i.balance) for i in kept]


async def reverse_payment(tx: Tx, organization_id: UUID, event: PaymentReversed, envelope: Envelope) -> None:
    """Money went back: a new entry; what it had settled is owed again (rule 8)."""
    source_id = str(envelope.id)
    await copies.payer(tx, event.customer_id, lock=True)
    if await books.has(tx, EntryKind.REVERSAL, source_id):
        return
    whose = event.customer_id, event.currency
    before = await books.of_customer(tx, *whose)
    head = Head(source_id, str(event.customer_id), event.currency, envelope.time, event.reason)
    made = reversed_payment(head, str(event.payment_id), Decimal(event.amount), before)
    await post_and_settle(tx, organization_id, whose, before, made, at=envelope.time)
