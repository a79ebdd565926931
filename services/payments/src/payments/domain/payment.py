"""The collection of one amount from one customer, over as many attempts as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from common.money import Money
from payments.domain.attempts import AttemptStatus


class PaymentStatus(StrEnum):
    """`failed` is open to another attempt; `reversed` means that the money went back."""

    CREATED = "created"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


_NEXT = {
    PaymentStatus.CREATED: {"processing", "unknown", "succeeded", "failed", "cancelled"},
    PaymentStatus.PROCESSING: {"succeeded", "failed", "unknown"},
    PaymentStatus.UNKNOWN: {"processing", "succeeded", "failed"},
    PaymentStatus.FAILED: {"created", "processing", "unknown", "succeeded", "cancelled"},
    PaymentStatus.SUCCEEDED: {"reversed"},
    PaymentStatus.CANCELLED: {"succeeded"},
    PaymentStatus.REVERSED: {"succeeded"},
}
_OF_ATTEMPT = {
    AttemptStatus.PLANNED: PaymentStatus.PROCESSING,
    AttemptStatus.SUBMITTING: PaymentStatus.PROCESSING,
    AttemptStatus.PROCESSING: PaymentStatus.PROCESSING,
    AttemptStatus.UNKNOWN: PaymentStatus.UNKNOWN,
    AttemptStatus.SUCCEEDED: PaymentStatus.SUCCEEDED,
    AttemptStatus.FAILED: PaymentStatus.FAILED,
}


class BadPayment(RuleBroken):
    """A payment that cannot be collected as asked."""

    code = "bad_payment"


class WrongState(Conflict):
    """The payment is in a state that excludes this."""

    code = "payment_state"


@dataclass(frozen=True, slots=True)
class Payment:
    """`reference` is the processor's object: one per payment over all attempts, so it can succeed once only.

    `is_automatic`: collected because the customer has auto-pay on, and so tried again by itself after a failure.
    """

    id: UUID
    customer_id: UUID
    invoice_id: UUID | None
    amount: Money
    processor: str
    status: PaymentStatus = PaymentStatus.CREATED
    attempts: int = 0
    reference: str | None = None
    first_failed_at: datetime | None = None
    next_attempt_at: datetime | None = None
    received_at: datetime | None = None
    is_automatic: bool = False
    fee: Money | None = None
    refunded: Money | None = None

    def __post_init__(self) -> None:
        if self.amount.amount <= 0:
            raise BadPayment(f"{self.amount} cannot be collected.", field="amount", remedy="more than zero")

    @property
    def left(self) -> Money:
        """What was received and not given back."""
        return self.amount - self.refunded if self.refunded else self.amount

    def restored(self) -> Payment:
        """The payment after all that was taken back came again."""
        return replace(self, refunded=None)

    @property
    def is_open(self) -> bool:
        """An attempt is under way or its outcome is unknown: no other may begin."""
        return self.status in (PaymentStatus.PROCESSING, PaymentStatus.UNKNOWN)


def moved(payment: Payment, status: PaymentStatus) -> Payment:
    """The payment in its next status; a step that does not exist is refused."""
    if status is payment.status:
        return payment
    if status not in _NEXT[payment.status]:
        raise WrongState(
            f"A payment that is {payment.status} does not become {status}.",
            field="status",
            remedy=f"from {payment.status}: {', '.join(sorted(_NEXT[payment.status]))}",
        )
    return replace(payment, status=status)


def after_attempt(payment: Payment, attempt: AttemptStatus) -> Payment:
    """The payment after its newest attempt came to that status."""
    return moved(payment, _OF_ATTEMPT[attempt])


def begun(payment: Payment) -> Payment:
    """The payment with one more attempt, which is written before the processor is called (architecture 4.6)."""
    if payment.is_open:
        raise WrongState(
            f"An attempt of this payment is {payment.status}.", remedy="wait until its outcome is known, then try again"
        )
    return replace(moved(payment, PaymentStatus.PROCESSING), attempts=payment.attempts + 1, next_attempt_at=None)
