"""`/v1/payments`: money by hand, a charge to a saved card, refunds, and what became of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, StringConstraints

from common.auth import Principal
from common.clock import day_start, local_day
from common.db import Tx, new_id
from common.errors import Forbidden
from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from common.money import Money, decimal_of
from common.organizations import Organization, organization
from payments.api.schemas import NewPayment, NewRefund, PaymentAnswer, PaymentList, RefundAnswer
from payments.domain.payment import BadPayment, Payment, PaymentStatus
from payments.store import payments as stored
from payments.store import refunds
from payments.use_cases.begin_attempt import CARD_PROCESSOR
from payments.use_cases.begin_payment import begin_payment
from payments.use_cases.record_payment import record_payment
from payments.use_cases.refund_payment import Wish, request_refund
from payments.workflows.sweep import client as sweep

router = new_router("payments")
_AMOUNT = Query(None, max_digits=20, decimal_places=4)
Word = Annotated[str, StringConstraints(max_length=40, pattern="^[a-z_]+$")]


class Filter(BaseModel):
    """Which payments; amounts: both ends included."""

    customer_id: UUID | None = None
    invoice_id: UUID | None = None
    status: list[PaymentStatus] | None = Query(None, max_length=10)
    method: list[Word] | None = Query(None, max_length=10)
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    reference: str | None = Query(None, max_length=200)
    is_automatic: bool | None = None
    received_from_at: Instant | None = None
    received_to_at: Instant | None = None
    amount_from: Decimal | None = _AMOUNT
    amount_to: Decimal | None = _AMOUNT


@router.post("/v1/payments", status_code=201, **allow("payments.write"))
async def add_payment(tx: Transaction, caller: Caller, body: NewPayment) -> PaymentAnswer:
    """Record money that came, or charge a saved card; a charge is `processing` first and settles by itself."""
    host = await organization(tx, caller.organization_id)
    amount = Money(decimal_of(body.amount, field="amount"), body.currency)
    if body.method == "card":
        return PaymentAnswer.of(await _by_card(tx, host, body, amount))
    _only_staff(caller)
    received_at = _received_at(body, host)
    payment = Payment(
        *(new_id(), body.customer_id, body.invoice_id, amount, body.method, PaymentStatus.SUCCEEDED),
        reference=body.reference,
        received_at=received_at,
    )
    return PaymentAnswer.of(await record_payment(tx, host.organization_id, payment, at=host.now_at))


async def _by_card(tx: Tx, host: Organization, body: NewPayment, amount: Money) -> Payment:
    if body.method_id is None:
        raise BadPayment("A card payment names a saved method.", field="method_id", remedy="one of the customer's")
    if body.received_on is not None or body.reference is not None:
        raise BadPayment("A card payment is received when it is charged.", field="received_on", remedy="leave it out")
    payment = Payment(new_id(), body.customer_id, body.invoice_id, amount, CARD_PROCESSOR)
    begun = await begin_payment(tx, host.organization_id, payment, body.method_id)
    await sweep.start(tx, host.organization_id, begun.id, "PaymentBegun", at=host.now_at)
    return begun


def _only_staff(caller: Principal) -> None:
    if caller.customer_id is not None:
        raise Forbidden("Only the host records money that came by hand.", field="method", remedy="card")


def _received_at(body: NewPayment, host: Organization) -> datetime:
    """The start of the day on which the money came, or now; a day to come is refused."""
    if body.method_id is not None:
        raise BadPayment(f"A {body.method} names no saved method.", field="method_id", remedy="leave it out")
    today = local_day(host.now_at, host.timezone)
    if body.received_on is None or body.received_on == today:
        return host.now_at
    if body.received_on > today:
        raise BadPayment(
            f"{body.received_on} has not come yet.", field="received_on", remedy=f"{today} or an earlier day"
        )
    return day_start(body.received_on, host.timezone)


@router.get("/v1/payments", **allow("payments.read"))
async def list_payments(
    tx: Transaction, page: Annotated[Page, paged(stored.LISTING)], wanted: Annotated[Filter, Query()]
) -> PaymentList:
    """Payments with their attempts, usually in the order in which they were made."""
    found = await stored.page(tx, page, dict(wanted))
    tried = await stored.attempts_of(tx, *(p.id for p in found))
    rows: list[dict[str, Any]] = [
        PaymentAnswer.of(p, [a for a in tried if a.payment_id == p.id]).model_dump() for p in found
    ]
    return PaymentList(**page_of(rows, page))


@router.get("/v1/payments/{payment_id}", **allow("payments.read"))
async def read_payment(tx: Transaction, payment_id: UUID) -> PaymentAnswer:
    """One payment with its attempts and refunds."""
    payment = await stored.get(tx, payment_id)
    return PaymentAnswer.of(payment, await stored.attempts_of(tx, payment_id), await refunds.of_payment(tx, payment_id))


@router.post("/v1/payments/{payment_id}/refund", status_code=201, **allow("payments.refund"))
async def refund(tx: Transaction, caller: Caller, payment_id: UUID, body: NewRefund) -> RefundAnswer:
    """Give money back, by the way it came; a card's refund is `submitting` first and settles by itself."""
    _only_staff(caller)
    host = await organization(tx, caller.organization_id)
    payment = await stored.get(tx, payment_id)
    currency = payment.amount.currency
    amount = Money(decimal_of(body.amount, field="amount"), currency) if body.amount else None
    wish = Wish(amount, body.reason, caller.subject)
    made = await request_refund(tx, host.organization_id, payment_id, wish, at=host.now_at)
    await sweep.start(tx, host.organization_id, payment_id, "RefundRequested", at=host.now_at)
    return RefundAnswer.of(made)
