"""Payments and attempts: which step follows which, whatever order the reports come in (architecture 4.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from common.money import Money
from payments.domain.attempts import Attempt, AttemptStatus, contradicts, heard, idempotency_key
from payments.domain.methods import MethodStatus, MethodUnusable, PaymentMethod, chargeable, preferred
from payments.domain.outcomes import Answer, Outcome, minor_units, of_minor_units
from payments.domain.payment import BadPayment, Payment, PaymentStatus, WrongState, after_attempt, begun, moved
from payments.domain.resolution import Step, concluded, conclusive, steps

AT = datetime(2025, 4, 1, 12, tzinfo=UTC)
PAYMENT = Payment(UUID("01960000-0000-7000-8000-000000000001"), uuid4(), uuid4(), Money.rounded(4999, "USD"), "stripe")
ATTEMPT = Attempt(PAYMENT.id, 1, uuid4(), AttemptStatus.SUBMITTING, AT)


def test_an_attempt_is_written_before_the_call_and_blocks_the_next() -> None:
    first = begun(PAYMENT)
    assert (first.status, first.attempts) == (PaymentStatus.PROCESSING, 1)
    with pytest.raises(WrongState):
        begun(first)
    with pytest.raises(WrongState):
        begun(after_attempt(first, AttemptStatus.UNKNOWN))


def test_a_failed_payment_is_tried_again_and_a_paid_one_never() -> None:
    failed = after_attempt(begun(PAYMENT), AttemptStatus.FAILED)
    second = begun(replace(failed, next_attempt_at=AT))
    assert (second.attempts, second.next_attempt_at) == (2, None)
    paid = after_attempt(second, AttemptStatus.SUCCEEDED)
    with pytest.raises(WrongState, match="succeeded does not become processing"):
        begun(paid)
    assert moved(paid, PaymentStatus.REVERSED).status is PaymentStatus.REVERSED


def test_nothing_is_not_collected() -> None:
    with pytest.raises(BadPayment):
        replace(PAYMENT, amount=Money.zero("USD"))


def test_every_attempt_has_its_own_key_and_keeps_it() -> None:
    assert ATTEMPT.key == idempotency_key(PAYMENT.id, 1) == "payment/01960000-0000-7000-8000-000000000001/1"
    assert replace(ATTEMPT, number=2).key != ATTEMPT.key


@pytest.mark.parametrize("final", [Answer.SUCCEEDED, Answer.DECLINED])
def test_the_order_of_reports_does_not_matter(final: Answer) -> None:
    reports = [Outcome(Answer.UNKNOWN), Outcome(Answer.PROCESSING), Outcome(Answer.LIMITED), Outcome(final)]
    ends = set()
    for order in permutations(reports + reports[-1:]):
        attempt = ATTEMPT
        for outcome in order:
            attempt = heard(attempt, outcome)
        ends.add(attempt.status)
    assert ends == {AttemptStatus.SUCCEEDED if final is Answer.SUCCEEDED else AttemptStatus.FAILED}


def test_money_for_a_failed_attempt_is_noticed() -> None:
    failed = heard(ATTEMPT, Outcome(Answer.DECLINED, reason="insufficient_funds"))
    assert contradicts(failed, Outcome(Answer.SUCCEEDED))
    assert not contradicts(failed, Outcome(Answer.DECLINED))
    assert after_attempt(replace(PAYMENT, status=PaymentStatus.FAILED), AttemptStatus.SUCCEEDED).status == "succeeded"


def test_a_key_is_repeated_for_less_than_a_day() -> None:
    assert steps(timedelta(hours=22)) == (Step.REPEAT, Step.LOOK)
    assert steps(timedelta(hours=23)) == (Step.LOOK,)


def test_not_found_means_nothing_happened_only_after_ten_minutes() -> None:
    assert concluded(None, timedelta(minutes=9)).answer is Answer.UNKNOWN
    assert concluded(None, timedelta(minutes=10)) == Outcome(Answer.DECLINED, reason="not_received")
    found = Outcome(Answer.SUCCEEDED, "pi_1")
    assert concluded(found, timedelta(0)) is found


def test_a_refused_repetition_says_nothing_about_the_first_call() -> None:
    assert not any(conclusive(Outcome(a)) for a in (Answer.REFUSED, Answer.LIMITED, Answer.UNKNOWN))
    assert all(conclusive(Outcome(a)) for a in (Answer.SUCCEEDED, Answer.PROCESSING, Answer.DECLINED))


def test_processors_count_in_smallest_units() -> None:
    for count, currency in ((1234, "USD"), (500, "JPY"), (1234, "KWD")):
        assert minor_units(of_minor_units(count, currency)) == count


def test_only_an_active_method_is_charged() -> None:
    card = PaymentMethod(uuid4(), uuid4(), "stripe", "pm_1", "card", "visa 4242", "f", is_auto_pay=True)
    assert chargeable(card) is card
    assert preferred([replace(card, is_auto_pay=False), card]) is card
    dead = replace(card, status=MethodStatus.DEAD)
    assert preferred([dead]) is None
    with pytest.raises(MethodUnusable, match="visa 4242 is dead"):
        chargeable(dead)
