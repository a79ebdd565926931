"""Our card gateway against the processor: each kind of answer becomes the right outcome, no fault charges twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from common.clock import wall_now
from common.money import Money
from payments.domain.declines import Remedy, remedy_of
from payments.domain.outcomes import Answer, ChargeOrder, RefundOrder
from payments.gateways.processor import BadNotice, PaymentProcessor, ProcessorRefused
from payments.gateways.stripe_payments import StripePayments
from support.stripe_at import Processor, fake

BODY = (
    b'{"id":"evt_test_1","object":"event","type":"payment_intent.succeeded",'
    b'"data":{"object":{"id":"pi_test_1","object":"payment_intent","amount":1000}}}'
)
SIGNED = "5bb7652686a541fd3e91654be4fb66e74ddc17a35237ea98a45ee73cced276a4"
SIGNED_AT = datetime.fromtimestamp(1_790_000_000, UTC)


@pytest_asyncio.fixture(scope="module")
async def processor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Processor]:
    running = await fake(tmp_path_factory.mktemp("stripe"))
    yield running
    assert running.program
    await running.program.stop()


@pytest_asyncio.fixture(scope="module")
async def gateway(processor: Processor) -> AsyncIterator[PaymentProcessor]:
    made = StripePayments("sk_test_local", ("whsec_old", "whsec_test_dummy_secret"), address=processor.url, timeout_s=1)
    yield made
    await made.close()


async def _order(gateway: PaymentProcessor, token: str = "pm_card_visa") -> ChargeOrder:
    payment = str(uuid4())
    customer = await gateway.register("Permian Compute", labels={"customer_id": payment}, key=f"customer/{payment}")
    method = await gateway.save(customer, token, key=f"method/{payment}")
    amount = Money.rounded(4999, "USD")
    return ChargeOrder(f"payment/{payment}/1", amount, customer, method.reference, labels={"payment_id": payment})


async def _charges(processor: Processor, order: ChargeOrder) -> int:
    by = (await processor.ask("charges"))["by"]
    assert isinstance(by, dict)
    count: int = by.get("payment_id", {}).get(order.labels["payment_id"], {"count": 0})["count"]
    return count


async def test_a_good_card_pays_and_shows_only_what_may_be_shown(gateway: PaymentProcessor) -> None:
    customer = await gateway.register("Permian Compute", labels={}, key=f"customer/{uuid4()}")
    method = await gateway.save(customer, "pm_card_visa", key=f"method/{uuid4()}")
    assert (method.kind, method.label) == ("card", "visa 4242")
    outcome = await gateway.charge(await _order(gateway))
    assert outcome.answer is Answer.SUCCEEDED
    assert str(outcome.fee) == "145.27 USD"


@pytest.mark.parametrize(
    ("token", "reason", "remedy"),
    [
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card", Remedy.NEW_METHOD),
        ("pm_card_authenticationRequired", "authentication_required", Remedy.CUSTOMER),
    ],
)
async def test_a_card_that_cannot_be_saved_is_refused_with_its_reason(
    gateway: PaymentProcessor, token: str, reason: str, remedy: Remedy
) -> None:
    with pytest.raises(ProcessorRefused) as refused:
        await _order(gateway, token)
    assert refused.value.reason == reason
    assert remedy_of(refused.value.reason) is remedy


async def test_a_decline_is_repeated_for_its_key_and_the_next_attempt_reuses_the_intent(
    processor: Processor, gateway: PaymentProcessor
) -> None:
    order = await _order(gateway)
    await processor.tell("faults", decline_next=["insufficient_funds"])
    first = await gateway.charge(order)
    assert (first.answer, first.reason, first.remedy) == (Answer.DECLINED, "insufficient_funds", Remedy.RETRY)
    assert await gateway.charge(order) == first
    second = replace(order, key=order.key[:-1] + "2", reference=first.reference)
    assert (await gateway.charge(second)).answer is Answer.SUCCEEDED
    third = replace(second, key=order.key[:-1] + "3")
    assert (await gateway.charge(third)).answer is Answer.SUCCEEDED, "told, not charged again"
    assert await _charges(processor, order) == 1


@pytest.mark.parametrize("fault", ["lose_answer_after_commit", "answer_500_after_commit"])
async def test_an_unknown_outcome_is_found_again(processor: Processor, gateway: PaymentProcessor, fault: str) -> None:
    order = await _order(gateway)
    await processor.tell("faults", **{fault: 1})
    assert (await gateway.charge(order)).answer is Answer.UNKNOWN
    again = await gateway.charge(order)
    assert again.answer is (Answer.SUCCEEDED if fault.startswith("lose") else Answer.UNKNOWN)
    found = await gateway.find(order, wall_now() - timedelta(minutes=1))
    assert found
    assert found.answer is Answer.SUCCEEDED
    assert found.reference
    assert (await gateway.look(found.reference)) == found
    assert await _charges(processor, order) == 1


async def test_limits_and_silence_are_told_apart(processor: Processor, gateway: PaymentProcessor) -> None:
    order = await _order(gateway)
    await processor.tell("faults", rate_limit=1)
    assert (await gateway.charge(order)).answer is Answer.LIMITED
    await processor.tell("faults", timeout=1)
    assert (await gateway.charge(order)).answer is Answer.UNKNOWN
    assert await gateway.find(order, wall_now()) is None
    assert (await gateway.charge(order)).answer is Answer.SUCCEEDED


async def test_what_tells_nothing_leaves_it_unknown(processor: Processor, gateway: PaymentProcessor) -> None:
    order = await _order(gateway)
    stranger = StripePayments("sk_wrong", ("whsec",), address=processor.url)
    assert (await stranger.charge(order)).answer is Answer.LIMITED, "wrong credentials are our fault, not a decline"
    assert (await stranger.look("pi_1")).answer is Answer.UNKNOWN
    assert (await gateway.charge(replace(order, method_reference="pm_none"))).answer is Answer.REFUSED
    await gateway.charge(order)
    other = replace(order, amount=Money.rounded(1, "USD"))
    assert (await gateway.charge(other)).answer is Answer.UNKNOWN, "the key was used for something else"
    await stranger.close()


async def test_money_goes_back_once(processor: Processor, gateway: PaymentProcessor) -> None:
    order = await _order(gateway)
    paid = await gateway.charge(order)
    assert paid.reference
    refund = RefundOrder(f"refund/{uuid4()}", paid.reference, order.amount)
    assert await gateway.refund(refund) == await gateway.refund(refund)
    assert (await gateway.refund(replace(refund, key=f"refund/{uuid4()}"))).reason == "charge_already_refunded"


async def test_a_removed_method_is_gone_and_may_be_removed_again(gateway: PaymentProcessor) -> None:
    order = await _order(gateway)
    await gateway.remove(order.method_reference)
    await gateway.remove(order.method_reference)
    assert (await gateway.charge(order)).answer is Answer.REFUSED


async def test_the_browser_gets_a_secret_to_save_a_card_with(gateway: PaymentProcessor) -> None:
    order = await _order(gateway)
    assert "_secret_" in await gateway.begin_saving(order.customer_reference, key=f"setup/{uuid4()}")


@pytest.mark.parametrize("signature", [f"t=1790000000,v1={SIGNED}", f"t=1790000000,v1=00,v1={SIGNED}"])
def test_a_webhook_signed_with_any_of_our_secrets_is_read(gateway: PaymentProcessor, signature: str) -> None:
    notice = gateway.notice(BODY, signature, SIGNED_AT)
    assert (notice.event_id, notice.kind, notice.reference) == ("evt_test_1", "payment_intent.succeeded", "pi_test_1")


@pytest.mark.parametrize("signature", ["", f"t=1790000000,v0={SIGNED}", f"t=1790000001,v1={SIGNED}", "t=,v1=", "x"])
def test_a_webhook_that_is_not_signed_is_refused(gateway: PaymentProcessor, signature: str) -> None:
    with pytest.raises(BadNotice):
        gateway.notice(BODY, signature, SIGNED_AT)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_webhook_of_another_moment_is_refused(gateway: PaymentProcessor, minutes: int) -> None:
    with pytest.raises(BadNotice):
        gateway.notice(BODY, f"t=1790000000,v1={SIGNED}", SIGNED_AT + timedelta(minutes=minutes))
