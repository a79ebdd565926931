"""Write the intent to charge before any processor hears of it (architecture 4.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.clock import wall_now
from common.db import Tx, new_id
from common.money import Money
from payments.domain.attempts import Attempt, AttemptStatus, called
from payments.domain.collecting import Move, Situation, next_move
from payments.domain.methods import PaymentMethod, chargeable, preferred
from payments.domain.outcomes import ChargeOrder
from payments.domain.payment import Payment, PaymentStatus, begun, moved
from payments.store import invoices, methods
from payments.store import payments as stored
from payments.store.invoices import OwedInvoice

CARD_PROCESSOR = "stripe"


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt under way: what to ask, of whom, and whether this is the first time."""

    payment: Payment
    attempt: Attempt
    order: ChargeOrder
    is_first_call: bool


async def begin_auto_attempt(
    tx: Tx, organization_id: UUID, invoice_id: UUID, *, is_revived: bool, at: datetime
) -> Begun | datetime | None:
    """The attempt to carry out now (a new one, or the one that is still open), or when to look again, or nothing."""
    invoice = await invoices.find(tx, invoice_id, for_change=True)
    if invoice is None:
        return None
    earlier = await stored.of_invoice(tx, invoice_id)
    payment = _newest(earlier)
    method = preferred(await methods.of_customer(tx, invoice.customer_id))
    remaining = invoice.amount_due - await stored.paid_towards(tx, invoice_id, invoice.amount_due.currency)
    situation = Situation(invoice.is_owed, remaining, method is not None, payment, is_revived)
    move = next_move(situation, at)
    if move is Move.WAIT and payment is not None:
        return payment.next_attempt_at
    if move is Move.RESOLVE and payment is not None:
        return await open_attempt(tx, organization_id, payment)
    if move is Move.STOP or method is None:
        if payment is not None and payment.status is PaymentStatus.FAILED and payment.next_attempt_at:
            await stored.save(tx, replace(payment, next_attempt_at=None))
        return None
    fitting = await _fitting(tx, organization_id, invoice, payment, remaining)
    return await open_attempt(tx, organization_id, await plan_attempt(tx, organization_id, fitting, method))


async def plan_attempt(tx: Tx, organization_id: UUID, payment: Payment, method: PaymentMethod) -> Payment:
    """One more attempt of the payment with the method, not called yet."""
    chargeable(method)
    payment = begun(payment)
    attempt = Attempt(payment.id, payment.attempts, method.id, AttemptStatus.PLANNED, wall_now())
    await stored.save(tx, payment)
    await stored.add_attempt(tx, organization_id, payment.customer_id, attempt)
    return payment


async def open_attempt(tx: Tx, organization_id: UUID, payment: Payment) -> Begun | None:
    """The attempt of the payment whose outcome is not known, ready to be called; whoever gets it must call."""
    attempt = next((a for a in await stored.attempts_of(tx, payment.id) if not a.status.is_final), None)
    if attempt is None:
        return None
    order = await _order(tx, organization_id, payment, attempt)
    is_first_call = attempt.status is AttemptStatus.PLANNED
    if is_first_call:
        attempt = called(attempt, wall_now())
        await stored.save_attempt(tx, attempt)
    return Begun(payment, attempt, order, is_first_call)


def _newest(earlier: list[Payment]) -> Payment | None:
    """The open one, whoever began it, else the newest automatic one; money by hand is none of it."""
    automatic = [p for p in earlier if p.is_automatic]
    return next((p for p in earlier if p.is_open), automatic[-1] if automatic else None)


async def _fitting(
    tx: Tx, organization_id: UUID, invoice: OwedInvoice, payment: Payment | None, remaining: Money
) -> Payment:
    """The failed payment again while its amount is right; another amount is another payment, and closes the old one."""
    if payment is not None and payment.status is PaymentStatus.FAILED:
        if payment.amount == remaining:
            return payment
        await stored.save(tx, replace(moved(payment, PaymentStatus.CANCELLED), next_attempt_at=None))
    first_failed_at = payment.first_failed_at if payment is not None else None
    fresh = Payment(
        *(new_id(), invoice.customer_id, invoice.id, remaining, CARD_PROCESSOR),
        is_automatic=True,
        first_failed_at=first_failed_at,
    )
    await stored.add(tx, organization_id, fresh)
    return fresh


async def _order(tx: Tx, organization_id: UUID, payment: Payment, attempt: Attempt) -> ChargeOrder:
    method = await methods.get(tx, attempt.method_id)
    customer = await methods.customer_reference(tx, payment.customer_id, method.processor)
    named = {
        "organization_id": organization_id,
        "customer_id": payment.customer_id,
        "invoice_id": payment.invoice_id,
        "payment_id": payment.id,
    }
    labels = {name: str(key) for name, key in named.items() if key}
    return ChargeOrder(attempt.key, payment.amount, customer or "", method.reference, payment.reference, labels)
