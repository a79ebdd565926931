"""Give money back: the intent first, then the processor, then what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.money import Money
from payments.domain.outcomes import Answer, Outcome, RefundOrder
from payments.domain.payment import Payment, PaymentStatus, moved
from payments.domain.refunds import Refund, RefundStatus, refundable
from payments.store import payments as stored
from payments.store import refunds
from payments.use_cases import announce

BY_HAND = ("wire", "check", "cash")
_STATUS = {
    Answer.SUCCEEDED: RefundStatus.SUCCEEDED,
    Answer.PROCESSING: RefundStatus.PROCESSING,
    Answer.DECLINED: RefundStatus.FAILED,
    Answer.REFUSED: RefundStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked: `amount` none for all that is left; `requested_by` is the principal's subject."""

    amount: Money | None
    reason: str
    requested_by: str


async def request_refund(tx: Tx, organization_id: UUID, payment_id: UUID, wish: Wish, *, at: datetime) -> Refund:
    """The refund as an intent; of money that came by hand it is done at once, for it also goes back by hand."""
    payment = await stored.get(tx, payment_id, for_change=True)
    amount = refundable(payment, await refunds.of_payment(tx, payment_id, for_change=True), wish.amount)
    refund = Refund(new_id(), payment.id, payment.customer_id, amount, wish.reason, wish.requested_by)
    await refunds.add(tx, organization_id, refund)
    if payment.processor in BY_HAND:
        return await record_refund(tx, organization_id, refund, Outcome(Answer.SUCCEEDED), at=at)
    return refund


async def orders(tx: Tx, payment: Payment) -> list[tuple[Refund, RefundOrder]]:
    """Refunds that the processor has still to be asked for."""
    return [
        (refund, RefundOrder(refund.key, payment.reference, refund.amount, {"refund_id": str(refund.id)}))
        for refund in await refunds.of_payment(tx, payment.id)
        if refund.status is RefundStatus.SUBMITTING and payment.reference
    ]


async def record_refund(tx: Tx, organization_id: UUID, refund: Refund, outcome: Outcome, *, at: datetime) -> Refund:
    """What became of the refund; no answer to be trusted leaves it to be asked again with the same key."""
    payment = await stored.get(tx, refund.payment_id, for_change=True)
    known = next(r for r in await refunds.of_payment(tx, payment.id, for_change=True) if r.id == refund.id)
    status = _STATUS.get(outcome.answer)
    if status is None or status is known.status or known.status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED):
        return known
    done = replace(known, status=status, failure=outcome.reason)
    await refunds.save(tx, done)
    if status is RefundStatus.SUCCEEDED:
        await reverse(tx, organization_id, payment, done.amount, reason=f"refund: {done.reason}", at=at)
    return done


async def reverse(
    tx: Tx, organization_id: UUID, payment: Payment, amount: Money, *, reason: str, at: datetime
) -> Payment:
    """Money of the payment went back; when all of it did, the payment is reversed."""
    refunded = amount + payment.refunded if payment.refunded else amount
    after = replace(payment, refunded=refunded)
    if refunded == payment.amount:
        after = moved(after, PaymentStatus.REVERSED)
    await stored.save(tx, after)
    await announce.reversed_(tx, organization_id, after, amount, reason=reason, at=at)
    return after
