"""What auto-pay does next, in every situation (CB-82, CB-83), and what of a payment can go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest

from common.money import Money
from payments.domain.collecting import Move, Situation, next_move
from payments.domain.payment import Payment, PaymentStatus
from payments.domain.refunds import BadRefund, NothingReceived, Refund, RefundStatus, refundable

AT = datetime(2025, 4, 1, 14, tzinfo=UTC)
TEN = Money(Decimal(10), "USD")
PAYMENT = Payment(uuid4(), uuid4(), uuid4(), TEN, "stripe", is_automatic=True)
FRESH = Situation(is_owed=True, remaining=TEN, has_method=True, payment=None)


def test_a_fresh_invoice_is_charged_at_once() -> None:
    assert next_move(FRESH, AT) is Move.CHARGE


@pytest.mark.parametrize("status", [PaymentStatus.PROCESSING, PaymentStatus.UNKNOWN])
def test_an_open_attempt_comes_before_everything(status: PaymentStatus) -> None:
    open_payment = replace(PAYMENT, status=status)
    for is_owed, has_method, is_revived in product((True, False), repeat=3):
        situation = Situation(is_owed, TEN, has_method, open_payment, is_revived)
        assert next_move(situation, AT) is Move.RESOLVE


@pytest.mark.parametrize(
    "situation",
    [
        replace(FRESH, is_owed=False),
        replace(FRESH, has_method=False),
        replace(FRESH, remaining=Money(Decimal("0.49"), "USD")),
        replace(FRESH, remaining=Money(Decimal(-5), "USD")),
        replace(FRESH, payment=replace(PAYMENT, status=PaymentStatus.FAILED)),
    ],
)
def test_it_stops_where_nothing_is_to_be_collected(situation: Situation) -> None:
    assert next_move(situation, AT) is Move.STOP


def test_a_failed_payment_waits_for_its_instant_unless_a_new_method_came() -> None:
    failed = replace(PAYMENT, status=PaymentStatus.FAILED, next_attempt_at=AT)
    waiting = replace(FRESH, payment=failed)
    assert next_move(waiting, AT - timedelta(seconds=1)) is Move.WAIT
    assert next_move(waiting, AT) is Move.CHARGE
    assert next_move(replace(waiting, is_revived=True), AT - timedelta(days=1)) is Move.CHARGE
    ended = replace(waiting, payment=replace(failed, next_attempt_at=None))
    assert next_move(replace(ended, is_revived=True), AT) is Move.CHARGE


def _refund(amount: str, status: RefundStatus) -> Refund:
    return Refund(uuid4(), PAYMENT.id, PAYMENT.customer_id, Money(Decimal(amount), "USD"), "r", "user:1", status)


def test_what_is_under_way_or_gone_cannot_go_back_again() -> None:
    paid = replace(PAYMENT, status=PaymentStatus.SUCCEEDED, refunded=Money(Decimal(3), "USD"))
    earlier = [
        _refund("2", RefundStatus.SUBMITTING),
        _refund("4", RefundStatus.FAILED),
        _refund("3", RefundStatus.SUCCEEDED),
    ]
    assert refundable(paid, earlier, None) == Money(Decimal(5), "USD")
    with pytest.raises(BadRefund, match=r"5\.01 USD cannot be given back"):
        refundable(paid, earlier, Money(Decimal("5.01"), "USD"))
    with pytest.raises(BadRefund):
        refundable(paid, [_refund("7", RefundStatus.PROCESSING)], None)
    with pytest.raises(NothingReceived):
        refundable(PAYMENT, [], None)
