"""How the fake lies: webhooks late, doubled and out of order, answers lost, and nothing forgotten over a kill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import stripe

from support.sink import Received, Sink
from support.stripe_at import Processor, client_of, fake

SECRET = "whsec_test_dummy_secret"


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Processor, Sink]]:
    listening = Sink()
    await listening.start()
    options = ("--settle-ms", "60", "--webhook-delay-ms", "20", "--search-lag-ms", "0")
    folder = tmp_path_factory.mktemp("stripe")
    started = await fake(folder, *options, "--webhook-url", listening.url, "--webhook-secret", SECRET)
    yield started, listening
    assert started.program
    await started.program.stop()
    await listening.stop()


@pytest_asyncio.fixture
async def processor(running: tuple[Processor, Sink]) -> AsyncIterator[Processor]:
    yield running[0]
    await running[0].tell("faults", hold_webhooks=False)
    await _settled(running[0])


@pytest.fixture
def sink(running: tuple[Processor, Sink]) -> Sink:
    running[1].received.clear()
    return running[1]


async def _card(processor: Processor, token: str = "pm_card_visa") -> dict[str, Any]:
    """A customer with a saved card, as the parameters of a charge of 10.00."""
    customer = await processor.client.v1.customers.create_async({"name": "Permian Compute"})
    method = await processor.client.v1.payment_methods.attach_async(token, {"customer": customer.id})
    return {
        "amount": 1000,
        "currency": "usd",
        "customer": customer.id,
        "payment_method": method.id,
        "off_session": True,
        "confirm": True,
        "metadata": {"payment_id": customer.id},
    }


async def _charge(processor: Processor, params: Any, key: str = "") -> stripe.PaymentIntent:
    return await processor.client.v1.payment_intents.create_async(params, {"idempotency_key": key} if key else {})


async def _times(processor: Processor, params: dict[str, Any]) -> int:
    """How often the customer was charged, by the count of the fake itself."""
    by: Any = (await processor.ask("charges"))["by"]
    times: int = by.get("payment_id", {}).get(params["metadata"]["payment_id"], {"count": 0})["count"]
    return times


async def _settled(processor: Processor) -> None:
    while (await processor.ask("pending"))["pending"]:  # noqa: ASYNC110 - the fake is another process
        await asyncio.sleep(0.02)


async def test_events_are_signed_and_say_which_key_caused_them(processor: Processor, sink: Sink) -> None:
    intent = await _charge(processor, await _card(processor), "pay-1")
    received = await sink.until(_has("payment_intent.succeeded"))
    item = next(item for item in received if item.event["type"] == "payment_intent.succeeded")
    signed = item.headers["stripe-signature"]
    event = processor.client.construct_event(item.body, signed, SECRET)
    assert event.data.object["id"] == intent.id
    assert event.request
    assert event.request.idempotency_key == "pay-1"
    with pytest.raises(stripe.SignatureVerificationError):
        processor.client.construct_event(item.body, signed, "whsec_another")
    with pytest.raises(stripe.SignatureVerificationError):
        processor.client.construct_event(item.body + b" ", signed, SECRET)


async def test_events_come_doubled_and_out_of_order_and_all_of_them(processor: Processor, sink: Sink) -> None:
    params = await _card(processor)
    for _ in range(10):
        await _charge(processor, params)
    await _settled(processor)
    ids = [item.event["id"] for item in sink.received]
    assert len(set(ids)) == 31, "one attached method and three events for each charge"
    assert len(ids) > 31, "some are doubled"
    of_intents = [item.event["type"] for item in sink.received if item.event["type"].startswith("payment_intent.")]
    assert of_intents != ["payment_intent.created", "payment_intent.succeeded"] * 10, "some overtake others"


async def test_a_refused_delivery_is_tried_again(processor: Processor, sink: Sink) -> None:
    sink.answers = [500, 500, 404, 500]
    await _charge(processor, await _card(processor))
    await _settled(processor)
    assert {"payment_method.attached", "charge.succeeded", "payment_intent.succeeded"} <= _types(sink.received)


async def test_a_kill_forgets_neither_money_nor_keys_nor_deliveries(processor: Processor, sink: Sink) -> None:
    params = await _card(processor)
    await processor.tell("faults", hold_webhooks=True)
    first = await _charge(processor, params, "pay-4")
    assert processor.program
    await processor.program.kill()
    await processor.program.start()
    assert sink.received == [] or "payment_intent.succeeded" not in _types(sink.received)
    assert (await _charge(processor, params, "pay-4")).id == first.id
    assert await _times(processor, params) == 1
    await processor.tell("faults", hold_webhooks=False)
    await sink.until(_has("payment_intent.succeeded"))


async def test_a_lost_answer_is_resolved_by_the_same_key(processor: Processor) -> None:
    params = await _card(processor)
    await processor.tell("faults", lose_answer_after_commit=1)
    with pytest.raises(stripe.APIConnectionError):
        await _charge(processor, params, "pay-5")
    assert (await _charge(processor, params, "pay-5")).status == "succeeded"
    assert await _times(processor, params) == 1


async def test_a_500_after_the_charge_is_kept_and_only_a_look_tells_the_truth(processor: Processor) -> None:
    params = await _card(processor)
    await processor.tell("faults", answer_500_after_commit=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            await _charge(processor, params, "pay-6")
        assert broken.value.http_status == 500
    listed = await processor.client.v1.payment_intents.list_async({"customer": params["customer"]})
    assert [intent.status for intent in listed.data] == ["succeeded"]


async def test_limits_errors_and_silence_have_no_effect(processor: Processor) -> None:
    params: Any = await _card(processor)
    hasty = client_of("sk_test_local", processor.url, timeout_s=0.3)
    await processor.tell("faults", rate_limit=1, answer_500_before_commit=1, timeout=1)
    with pytest.raises(stripe.APIError) as broken:
        await _charge(processor, params, "pay-7")
    assert broken.value.http_status == 500
    with pytest.raises(stripe.RateLimitError):
        await _charge(processor, params, "pay-7")
    with pytest.raises(stripe.APIConnectionError):
        await hasty.v1.payment_intents.create_async(params, {"idempotency_key": "pay-7"})
    assert await _times(processor, params) == 0
    assert (await _charge(processor, params, "pay-7")).status == "succeeded"


async def test_the_same_key_at_the_same_time_conflicts(processor: Processor) -> None:
    params = await _card(processor)
    await processor.tell("faults", slow=1, slow_ms=300)
    first = asyncio.create_task(_charge(processor, params, "pay-8"))
    await asyncio.sleep(0.1)
    with pytest.raises(stripe.APIError) as conflict:
        await _charge(processor, params, "pay-8")
    assert conflict.value.http_status == 409
    assert (await first).status == "succeeded"


async def test_declines_come_in_the_scripted_order(processor: Processor) -> None:
    params = await _card(processor)
    await processor.tell("faults", decline_next=["insufficient_funds", "expired_card"])
    codes = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            await _charge(processor, params)
        codes.append(declined.value.error.decline_code if declined.value.error else None)
    assert codes == ["insufficient_funds", "expired_card"]
    assert (await _charge(processor, params)).status == "succeeded"


@pytest.mark.parametrize(
    ("token", "status", "event"),
    [
        ("pm_usBankAccount_success", "succeeded", "payment_intent.succeeded"),
        ("pm_usBankAccount_insufficientFunds", "requires_payment_method", "payment_intent.payment_failed"),
    ],
)
async def test_a_bank_debit_is_in_flight_first(
    processor: Processor, sink: Sink, token: str, status: str, event: str
) -> None:
    params = await _card(processor, token)
    consent = {"customer_acceptance": {"type": "offline"}}
    params |= {"payment_method_types": ["us_bank_account"], "mandate_data": consent}
    intent = await _charge(processor, params)
    assert intent.status == "processing"
    await sink.until(_has(event))
    assert (await processor.client.v1.payment_intents.retrieve_async(intent.id)).status == status


async def test_a_dispute_takes_the_money_back(processor: Processor, sink: Sink) -> None:
    intent = await _charge(processor, await _card(processor, "pm_card_createDispute"))
    received = await sink.until(_has("charge.dispute.created"))
    case = next(item.event for item in received if item.event["type"] == "charge.dispute.created")["data"]["object"]
    assert (case["payment_intent"], case["amount"], case["reason"]) == (intent.id, 1000, "fraudulent")
    await processor.tell("disputes", payment_intent=intent.id, close="won")
    await sink.until(_has("charge.dispute.funds_reinstated"))


async def test_the_customer_can_finish_a_charge_that_waits_for_them(processor: Processor) -> None:
    params = await _card(processor, "pm_card_authenticationRequired")
    intent = await _charge(processor, params | {"off_session": False})
    assert intent.status == "requires_action"
    await processor.tell("authenticate", intent=intent.id)
    assert (await processor.client.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"


async def test_the_count_of_charges_knows_whom_they_were_for(processor: Processor) -> None:
    params = await _card(processor)
    await _charge(processor, params)
    await _charge(processor, params | {"amount": 250})
    total: Any = (await processor.ask("charges"))["by"]
    assert total["payment_id"][params["customer"]] == {"count": 2, "amount": 1250, "refunded": 0}


def _types(received: list[Received]) -> set[str]:
    return {item.event["type"] for item in received}


def _has(kind: str) -> Any:
    return lambda received: kind in _types(received)
