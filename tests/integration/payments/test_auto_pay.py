"""Auto-pay from issue to the last try, against the real engines and a processor that lies (CB-82, CB-83; 4.6)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from events.payments import PaymentFailed, PaymentSucceeded
from hostbook.fakes.otlp.receiver import Receiver
from support.paying_house import House


async def test_an_issued_invoice_is_charged_once_to_the_preferred_card(house: House) -> None:
    await house.card(auto_pay=False)
    await house.card()
    invoice_id = await house.issue()
    (paid,) = await house.events()
    assert isinstance(paid, PaymentSucceeded)
    assert (paid.invoice_id, paid.amount, paid.fee, paid.received_at) == (invoice_id, "49.99", "1.75", house.clock_at)
    assert await house.charged(invoice_id) == 1
    await _webhooks_heard(house)
    assert len(await house.events()) == 1


async def test_one_trace_runs_from_the_fact_to_the_charge_and_the_webhook_links_to_it(
    house: House, receiver: Receiver
) -> None:
    await house.card()
    invoice_id = await house.issue()
    await _webhooks_heard(house)
    chain = ["consume invoicing.invoice.issued.v1", "wake AutoPay", "RunActivity:collect_invoice", "charge", "POST"]
    (trace_id,) = await _traces(receiver, invoice_id)
    spans = {span.span_id: span for span in receiver.spans.trace(trace_id)}
    call = next(s for s in spans.values() if s.name == "POST" and "/v1/payment_intents" in str(s.attributes))
    above, upwards = call, ["POST"]
    while above.parent_id in spans:
        above = spans[above.parent_id]
        upwards.append(above.name)
    assert [name for name in reversed(upwards) if name in chain] == chain
    linked = {span.name for other in receiver.spans.linked_to(trace_id) for span in receiver.spans.trace(other)}
    assert "wake handle_webhook" in linked


async def test_without_auto_pay_nothing_is_charged(house: House) -> None:
    await house.card(auto_pay=False)
    assert await house.charged(await house.issue()) == 0
    assert await house.events() == []


async def test_a_declining_card_is_tried_after_one_three_and_five_days_and_no_more(house: House) -> None:
    await house.card("pm_card_chargeCustomerFail")
    invoice_id = await house.issue()
    for _ in range(7):
        await house.wait(days=1)
    failed = [event for event in await house.events() if isinstance(event, PaymentFailed)]
    assert [event.attempt for event in failed] == [1, 2, 3, 4]
    assert [event.next_attempt_at for event in failed] == [_at(2), _at(4), _at(6), None]
    assert await house.charged(invoice_id) == 0


async def test_a_retry_that_succeeds_ends_it(house: House) -> None:
    card = await house.card()
    await house.stripe.tell("faults", decline_next=["insufficient_funds"], payment_method=await _reference(house, card))
    invoice_id = await house.issue()
    await house.wait(days=2)
    assert [event.KIND.verb for event in await house.events()] == ["failed", "succeeded"]
    assert await house.charged(invoice_id) == 1


async def test_an_invoice_settled_otherwise_is_tried_no_more(house: House) -> None:
    await house.card("pm_card_chargeCustomerFail")
    invoice_id = await house.issue()
    body = {
        "customer_id": str(house.customer_id), "invoice_id": str(invoice_id), "amount": "49.99", "currency": "USD",
        "method": "wire", "reference": "FT-1",
    }  # fmt: skip
    assert (await house.http.post("/v1/payments", json=body)).status_code == 201
    await house.settle(invoice_id)
    await house.wait(days=7)
    assert [event.KIND.verb for event in await house.events()] == ["failed", "succeeded"]


async def test_a_lost_card_dies_and_the_next_saved_one_pays(house: House) -> None:
    card = await house.card()
    await house.stripe.tell("faults", decline_next=["lost_card"], payment_method=await _reference(house, card))
    invoice_id = await house.issue()
    assert (await house.http.get(f"/v1/payment-methods/{card['id']}")).json()["status"] == "dead"
    (failed,) = await house.events()
    assert isinstance(failed, PaymentFailed)
    assert (failed.reason, failed.next_attempt_at) == ("generic_decline", None)
    await house.card()
    await house.service.settled(house.id)
    assert await house.charged(invoice_id) == 1


@pytest.mark.parametrize("fault", ["lose_answer_after_commit", "answer_500_after_commit", "rate_limit"])
async def test_an_answer_that_is_lost_charges_once_and_is_found_out(house: House, fault: str) -> None:
    await house.card()
    await house.stripe.tell("faults", **{fault: 1})
    invoice_id = await house.issue()
    (paid,) = await house.events()
    assert isinstance(paid, PaymentSucceeded)
    assert await house.charged(invoice_id) == 1


async def test_a_kill_between_intent_and_outcome_charges_once(house: House) -> None:
    await house.card()
    await house.stripe.tell("faults", slow=1, slow_ms=700)
    invoice_id = await house.issue(settle=False)
    await _under_way(house, invoice_id)
    await house.service.kill()
    await house.service.start()
    await house.service.settled(house.id)
    (paid,) = await house.events()
    assert isinstance(paid, PaymentSucceeded)
    assert await house.charged(invoice_id) == 1


async def test_the_same_issue_heard_again_charges_nothing_more(house: House) -> None:
    await house.card()
    invoice_id = await house.issue()
    again = await house.service.published("invoicing.invoice", house.id)
    await house.service.tell(house.id, *again, at=house.clock_at)
    await house.service.settled(house.id)
    assert await house.charged(invoice_id) == 1
    assert len(await house.events()) == 1


def _at(day: int) -> datetime:
    return datetime(2025, 4, day, 13, tzinfo=UTC)


async def _reference(house: House, card: dict[str, str]) -> str:
    """The processor's name for the card, which our API does not tell."""
    connection = await asyncpg.connect(house.service.database_url)
    await connection.execute("select set_config('app.organization_id', $1, false)", str(house.id))
    found: str = await connection.fetchval(
        "select reference from payment_methods where method_id = $1", UUID(card["id"])
    )
    await connection.close()
    return found


async def _under_way(house: House, invoice_id: UUID) -> None:
    for _ in range(200):
        found = (await house.http.get("/v1/payments", params={"invoice_id": str(invoice_id)})).json()["items"]
        if found:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no payment began")


async def _webhooks_heard(house: House) -> None:
    while (await house.stripe.ask("pending"))["pending"]:  # noqa: ASYNC110 - the fake is another process
        await asyncio.sleep(0.05)
    await house.service.settled(house.id)


async def _traces(receiver: Receiver, invoice_id: UUID) -> list[str]:
    """Traces that name the invoice, once its charge and webhooks have been exported."""
    for _ in range(100):
        found = receiver.spans.traces_with("invoice.id", str(invoice_id))
        if found and receiver.spans.linked_to(found[0]):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("no trace with a link")
