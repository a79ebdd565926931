"""Money given back of a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from common.money import Money
from payments.domain.payment import Payment, PaymentStatus


class RefundStatus(StrEnum):
    """`submitting` is written before the processor is called."""

    SUBMITTING = "submitting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class BadRefund(RuleBroken):
    """More than is left of the payment, or nothing."""

    code = "bad_refund"


class NothingReceived(Conflict):
    """Only money that came can go back."""

    code = "nothing_received"


@dataclass(frozen=True, slots=True)
class Refund:
    """`requested_by` is the principal's subject."""

    id: UUID
    payment_id: UUID
    customer_id: UUID
    amount: Money
    reason: str
    requested_by: str
    status: RefundStatus = RefundStatus.SUBMITTING
    failure: str = ""

    @property
    def key(self) -> str:
        """The idempotency key at the processor."""
        return f"refund/{self.id}"


def refundable(payment: Payment, earlier: Sequence[Refund], amount: Money | None) -> Money:
    """The amount to give back: what was asked, or all that is left; earlier refunds count unless they failed."""
    if payment.status is not PaymentStatus.SUCCEEDED:
        raise NothingReceived(f"The payment is {payment.status}.", remedy="refund a payment that succeeded")
    under_way = sum(
        (r.amount.amount for r in earlier if r.status in (RefundStatus.SUBMITTING, RefundStatus.PROCESSING)),
        start=payment.amount.amount * 0,
    )
    left = payment.left - Money(under_way, payment.amount.currency)
    wanted = amount or left
    if wanted.amount <= 0 or left < wanted:
        raise BadRefund(f"{wanted} cannot be given back.", field="amount", remedy=f"more than zero, at most {left}")
    return wanted
