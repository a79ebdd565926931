"""Auto-pay: a good card is charged once, whatever happens to the answer and to the notices (CB-82, CB-83)."""

from collections.abc import Callable, Iterator

import pytest

from hostbook.engines.stack import Stack
from support.stories import OPENS, bill, due, hosted
from support.stripe_oracle import StripeOracle
from support.world import World


@pytest.fixture
def oracle(whole_stack: Stack) -> Iterator[StripeOracle]:
    with StripeOracle(whole_stack) as oracle:
        yield oracle


def _about_to_be_billed(open_world: Callable[..., World]) -> tuple[World, str]:
    """A customer with a good card and auto-pay, and what the next invoice will come to."""
    world = open_world(clock_at=OPENS)
    hosted(world, "alpha", 3480)
    world.save_card("alpha")
    world.heard()
    return world, due(world, "alpha")


def _paid(amount: str) -> list[str]:
    return [f"InvoiceIssued alpha {amount}", f"PaymentSucceeded alpha {amount}", "InvoiceSettled alpha"]


def _assert_charged_once(world: World, oracle: StripeOracle, amount: str) -> None:
    invoice = world.invoice("alpha", "2025-03")
    (payment,) = world.api.get("/v1/payments", invoice_id=invoice["id"])["items"]
    assert (invoice["status"], invoice["balance"]) == ("paid", "0.00")
    assert (payment["status"], payment["amount"]) == ("succeeded", amount)
    assert oracle.taken(invoice["id"]) == (1, int(amount.replace(".", "")))


def test_a_good_card_is_charged_when_the_invoice_is_issued(
    open_world: Callable[..., World], oracle: StripeOracle
) -> None:
    world, amount = _about_to_be_billed(open_world)
    bill(world, *_paid(amount))
    oracle.wait_delivered()
    world.heard([])
    _assert_charged_once(world, oracle, amount)
    world.assert_priced("2025-03")
    assert world.api.get("/v1/delinquency/" + world.ids["alpha"])["steps_done"] == []


def test_a_lost_answer_after_the_charge_does_not_charge_twice(
    open_world: Callable[..., World], oracle: StripeOracle
) -> None:
    world, amount = _about_to_be_billed(open_world)
    with oracle.suffering(lose_answer_after_commit=1):
        bill(world, *_paid(amount))
        assert oracle.faults_left["lose_answer_after_commit"] == 0
    oracle.wait_delivered()
    world.heard([])
    _assert_charged_once(world, oracle, amount)


def test_notices_that_come_late_doubled_and_in_reverse_change_nothing(
    open_world: Callable[..., World], oracle: StripeOracle
) -> None:
    world, amount = _about_to_be_billed(open_world)
    with oracle.suffering(hold_webhooks=True):
        bill(world, *_paid(amount))
    invoice = world.invoice("alpha", "2025-03")
    events = oracle.events_about(invoice["id"])
    assert len(events) >= 3
    for event_id in [*events, *reversed(events)]:
        oracle.resend(event_id)
    oracle.wait_delivered()
    world.heard([])
    _assert_charged_once(world, oracle, amount)
