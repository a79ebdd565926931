"""What other services learn of payments and methods."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.money import Money
from common.outbox import publish
from events.payments import PaymentFailed, PaymentMethodSaved, PaymentReversed, PaymentSucceeded
from payments.domain.declines import shown_reason
from payments.domain.methods import PaymentMethod
from payments.domain.payment import Payment

SOURCE = "payments"


def _facts(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "customer_id": payment.customer_id,
        "invoice_id": payment.invoice_id,
        "amount": f"{payment.amount.amount:f}",
        "currency": payment.amount.currency,
        "processor": payment.processor,
    }


async def succeeded(tx: Tx, organization_id: UUID, payment: Payment, at: datetime) -> None:
    fee = f"{payment.fee.amount:f}" if payment.fee else "0"
    event = PaymentSucceeded(
        **_facts(payment), fee=fee, received_at=payment.received_at or at, reference=payment.reference
    )
    await publish(tx, organization_id, event, at=at, source=SOURCE)


async def failed(tx: Tx, organization_id: UUID, payment: Payment, reason: str, *, attempt: int, at: datetime) -> None:
    """The reason is one that the customer may see."""
    event = PaymentFailed(
        **_facts(payment), attempt=attempt, reason=shown_reason(reason), next_attempt_at=payment.next_attempt_at
    )
    await publish(tx, organization_id, event, at=at, source=SOURCE)


async def reversed_(
    tx: Tx, organization_id: UUID, payment: Payment, amount: Money, *, reason: str, at: datetime
) -> None:
    """`amount` is what went back, which may be a part."""
    event = PaymentReversed(**_facts(payment) | {"amount": f"{amount.amount:f}"}, reason=reason)
    await publish(tx, organization_id, event, at=at, source=SOURCE)


async def method_saved(tx: Tx, organization_id: UUID, method: PaymentMethod, at: datetime) -> None:
    event = PaymentMethodSaved(
        customer_id=method.customer_id,
        method_id=method.id,
        processor=method.processor,
        label=method.label,
        is_auto_pay=method.is_auto_pay,
    )
    await publish(tx, organization_id, event, at=at, source=SOURCE)
