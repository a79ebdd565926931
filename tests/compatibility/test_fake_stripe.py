"""What we rely on from the card processor: one suite for our fake and the vendor's sandbox (STRIPE_SANDBOX_KEY)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import stripe

from support.stripe_at import SANDBOX_KEY, Processor, client_of, fake, sandbox


@pytest_asyncio.fixture(scope="module")
async def processor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Processor]:
    if SANDBOX_KEY:
        yield sandbox()
        return
    running = await fake(tmp_path_factory.mktemp("stripe"), "--settle-ms", "50", "--search-lag-ms", "0")
    yield running
    assert running.program
    await running.program.stop()


@pytest_asyncio.fixture
async def customer(processor: Processor) -> str:
    made = await processor.client.v1.customers.create_async({"name": "Permian Compute", "metadata": {"k": "v"}})
    return made.id


async def _saved(processor: Processor, customer: str, token: str) -> str:
    method = await processor.client.v1.payment_methods.attach_async(token, {"customer": customer})
    return method.id


def _charge(customer: str, method: str, **labels: str) -> Any:
    return {
        "amount": 4999,
        "currency": "usd",
        "customer": customer,
        "payment_method": method,
        "payment_method_types": ["card"],
        "off_session": True,
        "confirm": True,
        "metadata": labels,
    }


def _header(answer: stripe.PaymentIntent, name: str) -> str:
    assert answer.last_response
    return str(answer.last_response.headers[name])


async def test_a_saved_card_is_charged_without_its_owner(processor: Processor, customer: str) -> None:
    card = await _saved(processor, customer, "pm_card_visa")
    params = _charge(customer, card, payment_id=str(uuid4())) | {"expand": ["latest_charge.balance_transaction"]}
    intent = await processor.client.v1.payment_intents.create_async(params)
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 4999, "usd")
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.status == "succeeded"
    assert isinstance(intent.latest_charge.balance_transaction, stripe.BalanceTransaction)
    assert intent.latest_charge.balance_transaction.net < 4999
    assert _header(intent, "request-id")


async def test_the_same_key_and_parameters_charge_once_and_replay_the_answer(
    processor: Processor, customer: str
) -> None:
    params, key = _charge(customer, await _saved(processor, customer, "pm_card_visa")), str(uuid4())
    first = await processor.client.v1.payment_intents.create_async(params, {"idempotency_key": key})
    again = await processor.client.v1.payment_intents.create_async(params, {"idempotency_key": key})
    assert first.id == again.id
    assert _header(again, "idempotent-replayed") == "true"
    assert _header(again, "original-request") == _header(first, "request-id")
    charges = await processor.client.v1.charges.list_async({"customer": customer})
    assert len(charges.data) == 1


async def test_the_same_key_with_other_parameters_is_refused(processor: Processor, customer: str) -> None:
    params, key = _charge(customer, await _saved(processor, customer, "pm_card_visa")), str(uuid4())
    await processor.client.v1.payment_intents.create_async(params, {"idempotency_key": key})
    with pytest.raises(stripe.IdempotencyError) as refused:
        await processor.client.v1.payment_intents.create_async(params | {"amount": 5000}, {"idempotency_key": key})
    assert refused.value.http_status == 400


async def test_a_decline_is_replayed_for_its_key_and_tried_anew_for_another(
    processor: Processor, customer: str
) -> None:
    params, key = _charge(customer, await _saved(processor, customer, "pm_card_chargeCustomerFail")), str(uuid4())
    intents = []
    for used in (key, key, str(uuid4())):
        with pytest.raises(stripe.CardError) as declined:
            await processor.client.v1.payment_intents.create_async(params, {"idempotency_key": used})
        assert declined.value.http_status == 402
        assert declined.value.code == "card_declined"
        error = declined.value.error
        assert error
        assert error.payment_intent
        assert error.payment_intent.status == "requires_payment_method"
        intents.append(error.payment_intent.id)
    assert intents[0] == intents[1] != intents[2]


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
async def test_a_declining_test_card_cannot_be_saved(
    processor: Processor, customer: str, token: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        await _saved(processor, customer, token)
    assert declined.value.code == code
    assert declined.value.error
    assert decline_code in (None, declined.value.error.decline_code)
    methods = await processor.client.v1.customers.payment_methods.list_async(customer)
    assert methods.data == []


async def test_a_charge_that_needs_the_customer_says_so(processor: Processor, customer: str) -> None:
    card = await _saved(processor, customer, "pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as declined:
        await processor.client.v1.payment_intents.create_async(_charge(customer, card))
    assert declined.value.code == "authentication_required"


async def test_a_declined_intent_is_confirmed_with_another_card_and_never_twice(
    processor: Processor, customer: str
) -> None:
    bad = await _saved(processor, customer, "pm_card_chargeCustomerFail")
    good = await _saved(processor, customer, "pm_card_visa")
    with pytest.raises(stripe.CardError) as declined:
        await processor.client.v1.payment_intents.create_async(_charge(customer, bad))
    error = declined.value.error
    assert error
    assert error.payment_intent
    key = error.payment_intent.id
    paid = await processor.client.v1.payment_intents.confirm_async(key, {"payment_method": good, "off_session": True})
    assert paid.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await processor.client.v1.payment_intents.confirm_async(key, {"payment_method": good})
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_a_setup_intent_saves_a_card_for_later(processor: Processor, customer: str) -> None:
    params: Any = {"customer": customer, "payment_method": "pm_card_visa", "payment_method_types": ["card"]}
    setup = await processor.client.v1.setup_intents.create_async(params | {"usage": "off_session", "confirm": True})
    assert setup.status == "succeeded"
    methods = await processor.client.v1.customers.payment_methods.list_async(customer)
    assert [method.id for method in methods.data] == [setup.payment_method]
    assert methods.data[0].card
    assert methods.data[0].card.last4 == "4242"


async def test_a_detached_card_is_charged_no_more(processor: Processor, customer: str) -> None:
    card = await _saved(processor, customer, "pm_card_visa")
    await processor.client.v1.payment_methods.detach_async(card)
    with pytest.raises(stripe.InvalidRequestError):
        await processor.client.v1.payment_intents.create_async(_charge(customer, card))


async def test_an_intent_is_found_by_its_label_in_the_list_at_once_and_in_the_search_later(
    processor: Processor, customer: str
) -> None:
    label = str(uuid4())
    card = await _saved(processor, customer, "pm_card_visa")
    made = await processor.client.v1.payment_intents.create_async(_charge(customer, card, payment_id=label))
    listed = await processor.client.v1.payment_intents.list_async({"customer": customer})
    assert [intent.id for intent in listed.data if intent.metadata["payment_id"] == label] == [made.id]
    for _ in range(60):
        found = await processor.client.v1.payment_intents.search_async({"query": f"metadata['payment_id']:'{label}'"})
        if found.data:
            break
        await asyncio.sleep(0.1 if processor.program else 1)
    assert [intent.id for intent in found.data] == [made.id]


async def test_a_list_comes_in_pages(processor: Processor, customer: str) -> None:
    card = await _saved(processor, customer, "pm_card_visa")
    made = [(await processor.client.v1.payment_intents.create_async(_charge(customer, card))).id for _ in range(3)]
    first = await processor.client.v1.payment_intents.list_async({"customer": customer, "limit": 2})
    assert first.has_more
    rest = [intent.id async for intent in first.auto_paging_iter()]
    assert rest == made[::-1]


async def test_a_refund_goes_back_up_to_the_charge(processor: Processor, customer: str) -> None:
    intent = await processor.client.v1.payment_intents.create_async(
        _charge(customer, await _saved(processor, customer, "pm_card_visa"))
    )
    part = await processor.client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1999})
    assert (part.status, part.amount) == ("succeeded", 1999)
    with pytest.raises(stripe.InvalidRequestError):
        await processor.client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 3001})
    await processor.client.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await processor.client.v1.refunds.create_async({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"


async def test_what_the_endpoint_does_not_know_is_refused(processor: Processor, customer: str) -> None:
    unknown: Any = {"amount": 4999, "currency": "usd", "customer": customer, "colour": "red"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await processor.client.v1.payment_intents.create_async(unknown)
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")
    with pytest.raises(stripe.InvalidRequestError) as small:
        await processor.client.v1.payment_intents.create_async({"amount": 49, "currency": "usd"})
    assert small.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await processor.client.v1.payment_intents.retrieve_async("pi_000000000000000000000000")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


async def test_a_wrong_key_is_refused(processor: Processor) -> None:
    stranger = client_of("sk_wrong", processor.url)
    with pytest.raises(stripe.AuthenticationError):
        await stranger.v1.customers.create_async({"name": "x"})
