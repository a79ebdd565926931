"""Facts that payments owns: money that came, did not come, or went back."""

from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, DecimalText, Instant


class PaymentMethodSaved(Event):
    """A way to pay was saved or changed; `is_auto_pay` says whether invoices are charged to it when issued (CB-82)."""

    KIND = Kind("payments", "method", "saved", "customer_id")
    customer_id: UUID
    method_id: UUID
    processor: str
    label: str
    is_auto_pay: bool


class _Payment(Event):
    payment_id: UUID
    customer_id: UUID
    invoice_id: UUID | None = None
    amount: DecimalText
    currency: Currency
    processor: str


class PaymentSucceeded(_Payment):
    """Money is received and confirmed."""

    KIND = Kind("payments", "payment", "succeeded", "payment_id")
    fee: DecimalText = "0"
    received_at: Instant
    reference: str | None = None


class PaymentFailed(_Payment):
    """An attempt brought no money; `next_attempt_at` says when the next one comes, none means it was the last."""

    KIND = Kind("payments", "payment", "failed", "payment_id")
    attempt: int
    reason: str
    next_attempt_at: Instant | None = None


class PaymentReversed(_Payment):
    """Money that was received went back: refund, dispute lost, or returned debit."""

    KIND = Kind("payments", "payment", "reversed", "payment_id")
    reason: str
