"""Requests and answers of the payments API. Amounts are decimal strings; card numbers are in none of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from events.types import Currency, DecimalText
from payments.domain.attempts import Attempt
from payments.domain.declines import shown_reason
from payments.domain.methods import PaymentMethod
from payments.domain.payment import Payment
from payments.domain.refunds import Refund


class NewMethod(Body):
    """A card that the customer's browser has handed to the processor; `token` is the processor's name for it."""

    customer_id: UUID
    processor: Literal["stripe"] = "stripe"
    token: str = Field(min_length=3, max_length=255, examples=["pm_card_visa"])
    auto_pay: bool = Field(False, description="Charge invoices to it at the moment they are issued (CB-82, CB-83).")


class MethodChange(Body):
    """Switch auto-pay of this method on or off; on switches every other method of the customer off."""

    auto_pay: bool


class MethodAnswer(BaseModel):
    """A saved method as it may be shown."""

    id: UUID
    customer_id: UUID
    processor: str
    kind: str
    label: str
    auto_pay: bool
    status: str
    version: int

    @classmethod
    def of(cls, method: PaymentMethod) -> MethodAnswer:
        shown = {name: getattr(method, name) for name in cls.model_fields if name != "auto_pay"}
        return cls(**shown, auto_pay=method.is_auto_pay)


class MethodList(BaseModel):
    """A page of methods; `next` continues it."""

    items: list[MethodAnswer]
    next: str | None


class NewPayment(Body):
    """Money that came by wire, check or cash; or, with `card`, a charge to a saved method."""

    customer_id: UUID
    invoice_id: UUID | None = Field(None, description="Blank: on account; it becomes credit.")
    amount: DecimalText
    currency: Currency
    method: Literal["wire", "check", "cash", "card"]
    method_id: UUID | None = Field(None, description="The saved card, for `card`.")
    reference: str | None = Field(None, min_length=1, max_length=140, description="As it stands on the statement.")
    received_on: date | None = Field(None, description="Local day on which it came; blank: today.")


class AttemptAnswer(BaseModel):
    """One try; `reason` as the customer may see it."""

    number: int
    method_id: UUID
    status: str
    reason: str

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptAnswer:
        return cls(
            number=attempt.number,
            method_id=attempt.method_id,
            status=attempt.status,
            reason=shown_reason(attempt.reason),
        )


class RefundAnswer(BaseModel):
    """Money given back, or about to be."""

    id: UUID
    payment_id: UUID
    amount: DecimalText
    currency: Currency
    reason: str
    status: str

    @classmethod
    def of(cls, refund: Refund) -> RefundAnswer:
        return cls(
            id=refund.id,
            payment_id=refund.payment_id,
            amount=f"{refund.amount.amount:f}",
            currency=refund.amount.currency,
            reason=refund.reason,
            status=refund.status,
        )


class PaymentAnswer(BaseModel):
    """A payment; a card's is `processing` until its outcome is known."""

    id: UUID
    customer_id: UUID
    invoice_id: UUID | None
    amount: DecimalText
    currency: Currency
    method: str
    status: str
    fee: DecimalText
    refunded: DecimalText
    reference: str | None
    received_at: datetime | None
    next_attempt_at: datetime | None
    attempts: list[AttemptAnswer] = []
    refunds: list[RefundAnswer] = []

    @classmethod
    def of(
        cls, payment: Payment, attempts: list[Attempt] | None = None, refunds: list[Refund] | None = None
    ) -> PaymentAnswer:
        return cls(
            id=payment.id,
            customer_id=payment.customer_id,
            invoice_id=payment.invoice_id,
            amount=f"{payment.amount.amount:f}",
            currency=payment.amount.currency,
            method="card" if payment.processor == "stripe" else payment.processor,
            status=payment.status,
            fee=f"{payment.fee.amount:f}" if payment.fee else "0",
            refunded=f"{payment.refunded.amount:f}" if payment.refunded else "0",
            reference=payment.reference,
            received_at=payment.received_at,
            next_attempt_at=payment.next_attempt_at,
            attempts=[AttemptAnswer.of(a) for a in attempts or []],
            refunds=[RefundAnswer.of(r) for r in refunds or []],
        )


class PaymentList(BaseModel):
    """A page of payments; `next` continues it."""

    items: list[PaymentAnswer]
    next: str | None


class NewRefund(Body):
    """Give money back: a part, or all that is left."""

    amount: DecimalText | None = None
    reason: str = Field(min_length=3, max_length=400)
