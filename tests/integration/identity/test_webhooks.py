"""Webhooks out: signed, retried by the organization's clock, given up, replayed; never into our own network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier

from common.clock import instant_of
from common.db import Tenant
from events.invoicing import InvoiceIssued
from events.payments import PaymentSucceeded
from events.samples import sample
from identity.api.webhooks import Outgoing
from identity.gateways.webhook_post import WebhookPost
from support.identity_at import OUR_ORIGIN, IdentityHere
from support.webhook_house import BEGIN, WebhookHouse, sending
from support.webhook_receiver import WebhookReceiver

BY_PAGE = {"Origin": OUR_ORIGIN}


def issued(**more: object) -> InvoiceIssued:
    return InvoiceIssued.model_validate(sample(InvoiceIssued) | more)


def paid(**more: object) -> PaymentSucceeded:
    return PaymentSucceeded.model_validate(sample(PaymentSucceeded) | more)


@pytest_asyncio.fixture(scope="module", autouse=True)
async def courier(identity: IdentityHere) -> AsyncIterator[None]:
    async with sending(identity):
        yield


@pytest.fixture
async def house(identity: IdentityHere) -> WebhookHouse:
    return await WebhookHouse.open(identity, billing_email="bills@alpha.example")


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as one:
        yield one


async def test_a_fact_goes_once_to_each_webhook_that_wants_it_signed(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    hook = await house.webhook(receiver, "invoice.*")
    async with WebhookReceiver() as other:
        await house.webhook(other, "payment.succeeded")
        event_id, invoice = uuid4(), issued()
        assert await house.tell(invoice, event_id) == "handled"
        assert await house.tell(invoice, event_id) == "repeated"
        (one,) = await receiver.until(1)
        await house.settled()
        assert (len(receiver.arrived), other.arrived) == (1, [])
    assert one.body == {"type": "invoice.issued", "timestamp": BEGIN, "data": invoice.model_dump(mode="json")}
    assert one.id == f"msg_{event_id.hex}_{UUID(hook['id']).hex}"
    (delivery,) = await house.deliveries(hook, state="delivered")
    expected = {"message_id": one.id, "attempts": 1, "status": 200, "error": None, "response": "thank you"}
    assert expected.items() <= delivery.items()
    assert await house.deliveries(hook, state="failed") == []


async def test_it_is_tried_again_by_the_organizations_clock_under_the_same_id(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    """The clock stops for each attempt, and a step ends only when the attempt has."""
    hook = await house.webhook(receiver)
    receiver.answers = [503, 302]
    await house.tell(issued())
    await house.settled()
    (waiting,) = await house.deliveries(hook, state="pending")
    assert (waiting["error"], waiting["attempts"]) == ("It answered 503.", 1)
    assert instant_of(waiting["next_at"]) - instant_of(BEGIN) < timedelta(seconds=6)
    first, second = await house.advance("2025-03-01T07:00:00Z")
    assert timedelta(minutes=5) <= second - first <= timedelta(minutes=5, seconds=30)
    assert len({one.id for one in receiver.arrived}) == 1
    assert len(receiver.arrived) == 3  # nobody went where the redirect led
    assert [d["state"] for d in await house.deliveries(hook)] == ["delivered"]


async def test_a_receiver_that_asks_for_peace_has_it_with_all_that_waits(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    hook = await house.webhook(receiver)
    receiver.answers = [429]
    for _ in range(2):
        await house.tell(issued())
        await house.settled()
    assert len(receiver.arrived) == 1
    assert (await house.read(hook))["resting_until_at"] == "2025-03-01T06:30:00Z"
    assert {d["next_at"] for d in await house.deliveries(hook)} == {"2025-03-01T06:30:00Z"}
    await house.advance("2025-03-01T07:00:00Z")
    assert [d["state"] for d in await house.deliveries(hook)] == ["delivered"] * 2


async def test_a_dead_receiver_costs_few_attempts_and_is_switched_off_after_three_days_with_a_letter(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    async with WebhookReceiver() as gone:
        hook = await house.webhook(gone, "invoice.issued")
    for _ in range(30):
        await house.tell(issued())
    stops = await house.advance("2025-03-04T05:00:00Z")
    assert 6 <= len(stops) <= 16
    resting = await house.read(hook)
    assert (resting["is_enabled"], resting["resting_until_at"] is not None) == (True, True)
    assert len(await house.deliveries(hook, state="pending")) == 30
    assert sum(d["attempts"] for d in await house.deliveries(hook)) <= 80
    await house.advance("2025-03-05T12:00:00Z")
    off = await house.read(hook)
    assert (off["is_enabled"], off["disabled_reason"]) == (False, "failing")
    assert len(await house.deliveries(hook, state="failed")) == 30
    (letter,) = await house.identity.letters("bills@alpha.example")
    assert "three days" in letter
    assert f'If-Match "{off["version"]}"' in letter
    await house.tell(issued())
    assert len(await house.deliveries(hook)) == 30  # what is switched off is told nothing

    place = f"/v1/webhooks/{hook['id']}"
    (one, *_) = await house.deliveries(hook)
    refused = await house.door.call("POST", f"{place}/deliveries/{one['id']}/replay")
    assert (refused.status_code, refused.json()["errors"][0]["remedy"]) == (409, "PATCH it with is_enabled first")
    change = {"is_enabled": True, "url": receiver.url}
    on = await house.door.call("PATCH", place, change, {"If-Match": f'"{off["version"]}"'})
    assert (on.status_code, on.json()["failing_since_at"], on.json()["disabled_reason"]) == (200, None, None)
    receiver.secrets = [hook["secret"]]
    again = await house.door.call("POST", f"{place}/deliveries/{one['id']}/replay")
    assert (again.status_code, again.json()["attempts"]) == (202, 0)
    (arrived,) = await receiver.until(1)
    assert arrived.id == one["message_id"]


async def test_410_switches_off_at_once_and_without_a_billing_address_the_owner_is_told(
    identity: IdentityHere, receiver: WebhookReceiver
) -> None:
    house = await WebhookHouse.open(identity)
    hook = await house.webhook(receiver)
    receiver.answers = [410]
    await house.tell(issued())
    await house.settled()
    off = await house.read(hook)
    assert (off["is_enabled"], off["disabled_reason"], off["version"]) == (False, "gone", 2)
    assert "410 Gone" in (await identity.letters("ops@alpha.example"))[-1]


async def test_a_slow_receiver_holds_up_nobody(house: WebhookHouse, receiver: WebhookReceiver) -> None:
    hook = await house.webhook(receiver, "payment.*")
    async with WebhookReceiver(answers=[0] * 3) as slow:
        stuck = await house.webhook(slow, "payment.*")
        for _ in range(3):
            await house.tell(paid())
        await receiver.until(3)
        await slow.until(1)
        under_way = {d["error"] for d in await house.deliveries(stuck) if d["attempts"]}
        assert len(under_way) == 1
        assert "interrupted" in str(under_way)  # written down before it was made, and not over yet
    await house.settled()
    assert {d["state"] for d in await house.deliveries(hook)} == {"delivered"}
    assert {d["state"] for d in await house.deliveries(stuck)} == {"pending"}


async def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    hook = await house.webhook(receiver)
    place, key = f"/v1/webhooks/{hook['id']}/rotate-secret", {"Idempotency-Key": str(uuid4())}
    fresh = await house.door.call("POST", place, {}, key)
    assert (fresh.status_code, fresh.headers["etag"]) == (200, '"2"')
    assert fresh.json()["secret"] != hook["secret"]
    again = await house.door.call("POST", place, {}, key)  # the answer was lost on its way: ask again
    assert again.json() == fresh.json()
    receiver.secrets = [hook["secret"], fresh.json()["secret"]]
    await house.tell(issued())
    (one,) = await receiver.until(1)
    assert len(one.headers["webhook-signature"].split()) == 2
    await house.settled()
    await house.identity.sql(
        "update webhooks set former_until_at = now() where webhook_id = cast(:w as uuid)", w=hook["id"]
    )
    receiver.secrets = [fresh.json()["secret"]]
    await house.tell(issued())
    two = (await receiver.until(2))[1]
    assert len(two.headers["webhook-signature"].split()) == 1
    rows = await house.identity.sql("select w::text from webhooks w")
    assert not any(hook["secret"].removeprefix("whsec_")[:16] in row[0] for row in rows)


async def test_a_sample_can_be_sent_and_says_that_it_is_one(house: WebhookHouse, receiver: WebhookReceiver) -> None:
    hook = await house.webhook(receiver, "payment.*", "invoice.issued")
    receiver.text = "x" * 5000 + "\x00"
    sent = await house.door.call("POST", f"/v1/webhooks/{hook['id']}/test", {"type": "payment.succeeded"})
    assert (sent.status_code, sent.json()["type"]) == (202, "payment.succeeded")
    (one,) = await receiver.until(1)
    assert (one.body["type"], one.body["is_test"], one.body["data"]["amount"]) == ("payment.succeeded", True, "1250.5")
    await house.settled()
    assert [len(d["response"]) for d in await house.deliveries(hook)] == [500]
    other = await house.door.call("POST", f"/v1/webhooks/{hook['id']}/test", {"type": "contract.ended"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "type")


def resolver(*addresses: str) -> Any:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://hooks.alpha.example/", ["127.0.0.1"]),
        ("https://hooks.alpha.example/", ["8.8.8.8", "169.254.169.254"]),
        ("https://hooks.alpha.example/", ["::ffff:10.0.0.1"]),
        ("https://[::ffff:127.0.0.1]/", ["::ffff:127.0.0.1"]),
        ("http://hooks.alpha.example/", ["8.8.8.8"]),
    ],
)
async def test_what_lies_in_our_own_network_is_refused_when_it_is_named(
    house: WebhookHouse, url: str, addresses: list[str]
) -> None:
    """ASVS 13.2.4, API7; at each connection: tests/unit/identity/test_webhooks.py."""
    state = house.identity.app.state
    before, strict = state.webhooks, WebhookPost(private_networks=False, resolve=resolver(*addresses))
    state.webhooks = Outgoing(before.database, strict, before.sealing)
    try:
        refused = await house.door.call("POST", "/v1/webhooks", {"url": url, "types": ["*"]})
    finally:
        state.webhooks = before
        await strict.close()
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "url")
    assert (await house.door.call("GET", "/v1/webhooks")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://alpha.example"}, "url"),
        ({"url": "https://u:p@alpha.example/"}, "url"),
        ({"url": "x" * 501}, "url"),
        ({"types": []}, "types"),
        ({"types": ["invoice.nothing"]}, "types"),
        ({"types": ["metering.reading.recorded"]}, "types"),
        ({"types": "*"}, "types"),
        ({"description": "a\u202eb"}, "description"),
        ({"description": "x" * 201}, "description"),
        ({"customer_id": str(uuid4())}, "customer_id"),
        ({"is_enabled": "perhaps"}, "is_enabled"),
    ],
)
async def test_a_field_that_cannot_be_so_is_named(house: WebhookHouse, change: dict[str, Any], field: str) -> None:
    body = {"url": "http://127.0.0.1:9/x", "types": ["*"]} | change
    refused = await house.door.call("POST", "/v1/webhooks", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field), refused.text


async def test_repeating_a_request_makes_one_webhook_and_a_change_needs_its_version(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    key, body = {"Idempotency-Key": str(uuid4())}, {"url": receiver.url, "types": ["*"]}
    one, two = [await house.door.call("POST", "/v1/webhooks", body, key) for _ in range(2)]
    assert (one.status_code, one.json()) == (201, two.json())
    other = await house.door.call("POST", "/v1/webhooks", body | {"types": ["invoice.*"]}, key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "Idempotency-Key")
    place = f"/v1/webhooks/{one.json()['id']}"
    assert (await house.door.call("PATCH", place, {"types": ["*"]})).status_code == 428
    stale = await house.door.call("PATCH", place, {"types": ["*"]}, {"If-Match": '"9"'})
    assert stale.status_code == 412
    done = await house.door.call("PATCH", place, {"types": ["invoice.*"], "is_enabled": False}, {"If-Match": '"1"'})
    assert (done.json()["version"], done.json()["disabled_reason"]) == (2, "by_hand")
    assert (await house.door.call("POST", f"{place}/test", {})).status_code == 409
    assert "secret" not in (await house.door.call("GET", "/v1/webhooks")).json()["items"][0]
    assert (await house.door.call("DELETE", place)).status_code == 204
    assert (await house.door.call("GET", place)).status_code == 404


async def test_deliveries_come_in_pages_and_old_ones_go_after_a_month(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    hook = await house.webhook(receiver)
    for _ in range(3):
        await house.tell(issued())
    await receiver.until(3)
    place = f"/v1/webhooks/{hook['id']}/deliveries?limit=2"
    first = (await house.door.call("GET", place)).json()
    second = (await house.door.call("GET", f"{place}&after={first['next']}")).json()
    ids = [d["id"] for d in first["items"] + second["items"]]
    assert (ids, second["next"]) == (sorted(ids, reverse=True), None)
    assert (await house.door.call("GET", f"{place}&state=lost")).status_code == 422
    await house.settled()
    aged = "update webhook_deliveries set created_at = created_at - interval '29 days' where webhook_id::text = :w"
    await house.identity.sql(aged, w=hook["id"])
    await house.advance("2025-03-02T06:30:00Z")
    assert len(await house.deliveries(hook)) == 3
    await house.advance("2025-03-03T06:30:00Z")
    assert await house.deliveries(hook) == []


async def test_a_customers_own_webhook_hears_of_that_customer_alone_and_less(
    house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    mine, other = [str(await house.identity.add_customer(house.id)) for _ in range(2)]
    boss = house.identity.door((await house.identity.member(house.id, "customer_owner", customer_id=mine))["cookie"])
    neighbour = house.identity.door(
        (await house.identity.member(house.id, "customer_owner", customer_id=other))["cookie"]
    )
    refused = await boss.call("POST", "/v1/webhooks", {"url": receiver.url, "types": ["run.*"]}, BY_PAGE)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "types")
    made = await boss.call("POST", "/v1/webhooks", {"url": receiver.url, "types": ["*"]}, BY_PAGE)
    assert (made.status_code, made.json()["customer_id"]) == (201, mine), made.text
    receiver.secrets = [made.json()["secret"]]
    own = await house.webhook(WebhookReceiver(port=9), "quote.sent")
    place = f"/v1/webhooks/{made.json()['id']}"
    for fact in (paid(customer_id=other), issued(customer_id=other), paid(customer_id=mine)):
        await house.tell(fact)
    (one,) = await receiver.until(1)
    await house.settled()
    assert (receiver.types, one.body["data"]["customer_id"]) == (["payment.succeeded"], mine)
    assert "fee" not in one.body["data"]
    assert [w["id"] for w in (await boss.call("GET", "/v1/webhooks")).json()["items"]] == [made.json()["id"]]
    assert {w["id"] for w in (await house.door.call("GET", "/v1/webhooks")).json()["items"]} == {
        made.json()["id"], own["id"],
    }  # fmt: skip
    assert (await neighbour.call("GET", "/v1/webhooks")).json()["items"] == []
    for where in (place, f"{place}/deliveries"):
        assert (await neighbour.call("GET", where)).status_code == 404
    assert (await neighbour.call("DELETE", place, None, BY_PAGE)).status_code == 404
    await house.identity.sql("update customers set is_open = false where customer_id = cast(:c as uuid)", c=mine)
    await house.tell(paid(customer_id=mine))
    await house.identity.sql("update customers set is_open = true where customer_id = cast(:c as uuid)", c=mine)
    assert len((await boss.call("GET", f"{place}/deliveries")).json()["items"]) == 1  # a closed portal tells nothing
    types = (await boss.call("GET", "/v1/webhook-types")).json()["items"]
    assert all(one["for_customers"] for one in types)
    assert "fee" not in next(one for one in types if one["type"] == "payment.succeeded")["example"]


async def test_organizations_do_not_see_each_others_webhooks(
    identity: IdentityHere, house: WebhookHouse, receiver: WebhookReceiver
) -> None:
    hook = await house.webhook(receiver)
    await house.tell(issued())
    await receiver.until(1)
    foreign = await WebhookHouse.open(identity)
    place = f"/v1/webhooks/{hook['id']}"
    delivery = (await house.deliveries(hook))[0]["id"]
    attempts = [
        ("GET", place, None), ("GET", f"{place}/deliveries", None), ("PATCH", place, {"types": ["*"]}),
        ("POST", f"{place}/rotate-secret", {}), ("POST", f"{place}/test", {}), ("DELETE", place, None),
        ("POST", f"{place}/deliveries/{delivery}/replay", None),
    ]  # fmt: skip
    for method, path, body in attempts:
        answer = await foreign.door.call(method, path, body, {"If-Match": '"1"'})
        assert answer.status_code == 404, f"{method} {path}: {answer.text}"
    for table in ("webhooks", "webhook_deliveries"):
        async with identity.database.transaction(Tenant(UUID(foreign.id))) as tx:
            assert (await tx.execute(text(f"select count(*) from {table}"))).scalar() == 0
    await foreign.tell(issued())
    await asyncio.sleep(0.1)
    assert len(receiver.arrived) == 1


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("developer", 200, 404), ("auditor", 200, 403), ("finance", 403, 403), ("support", 403, 403)],
)
async def test_webhooks_are_for_whoever_programs(house: WebhookHouse, role: str, reads: int, writes: int) -> None:
    door = house.identity.door((await house.identity.member(house.id, role))["cookie"])
    assert (await door.call("GET", "/v1/webhooks")).status_code == reads
    assert (await door.call("DELETE", f"/v1/webhooks/{uuid4()}", None, BY_PAGE)).status_code == writes


def test_the_receiver_of_these_tests_refuses_what_is_not_signed() -> None:
    with pytest.raises(Exception, match="Missing required headers"):
        Verifier("whsec_" + "A" * 44).verify("{}", {})
