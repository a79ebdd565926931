"""Money came: it settles its invoice, or the oldest open ones; the surplus becomes credit (rule 7.7)."""

from __future__ import annotations

from decimal import Decimal

from common.db import Tx
from events.envelope import Envelope
from events.payments import PaymentReversed, PaymentSucceeded
from invoicing.domain.ledger import Head
from invoicing.domain.ledger_payments import come_back, fee_taken, paid, reversed_payment
from invoicing.store import books, invoices, locks
from invoicing.use_cases.settle_balances import post_and_settle


async def apply_payment(tx: Tx, payment: PaymentSucceeded, envelope: Envelope) -> None:
    """A payment is posted once, however often it is told; told again after a reversal, its money came back."""
    await locks.alone(tx, payment.customer_id)
    payment_id, amount = str(payment.payment_id), Decimal(payment.amount)
    known = await books.of_payment(tx, payment.payment_id)
    amount = come_back(known, payment_id, amount) if known else amount
    if not amount:
        return
    source_id = f"{payment_id}/{envelope.id}" if known else payment_id
    head = Head(source_id, str(payment.customer_id), payment.currency, envelope.time)
    items = await invoices.open_ones(tx, payment.customer_id, payment.currency, payment.invoice_id)
    made = paid(head, payment.processor, amount, items, payment_id=payment_id)
    if Decimal(payment.fee) > 0 and not known:
        made += fee_taken(head, payment.processor, Decimal(payment.fee))
    whose = payment.customer_id, payment.currency
    await post_and_settle(tx, envelope.organization_id, whose, made, at=envelope.time)


async def reverse_payment(tx: Tx, event: PaymentReversed, envelope: Envelope) -> None:
    """Money went back, all or part of it: a new entry; what it had settled is owed again (rule 8)."""
    await locks.alone(tx, event.customer_id)
    whose = event.customer_id, event.currency
    before = await books.of_customer(tx, *whose)
    source_id = f"{event.payment_id}/{envelope.id}"
    head = Head(source_id, str(event.customer_id), event.currency, envelope.time, event.reason)
    made = reversed_payment(head, str(event.payment_id), Decimal(event.amount), before)
    await post_and_settle(tx, envelope.organization_id, whose, made, at=envelope.time)
