"""Webhooks: what is told under which name, when it is tried again, who signs, which addresses are never asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from common.clock import wall_now
from common.errors import RuleBroken
from events.catalog import EVENTS
from identity.domain.host import Host, Mode
from identity.domain.webhook import BadWebhook, Webhook, WhyDisabled
from identity.domain.webhook_letters import webhook_disabled
from identity.domain.webhook_retries import (
    ALL_THE_TIME,
    WAITS,
    Attempted,
    DeliveryState,
    Verdict,
    asked_wait,
    judged,
    wait_after,
)
from identity.domain.webhook_types import FOR_CUSTOMERS, BadTypes, checked_types, matches, public_type
from identity.gateways.guarded_transport import is_public
from identity.gateways.webhook_post import Message, WebhookPost, shown_secret, signed
from identity.use_cases.webhook_catalogue import TOLD, Fact, example, names_for

AT = datetime(2025, 3, 1, 6, tzinfo=UTC)
URL = "https://hooks.alpha.example/in"


def webhook(**more: Any) -> Webhook:
    known: dict[str, Any] = {"id": uuid4(), "url": URL, "types": ("*",), "sealed_secret": b"x"}
    return Webhook(**known | more)


def attempt(status: int | None, attempts: int = 1) -> Attempted:
    return Attempted(uuid4(), attempts, status)


def test_public_names_are_short_and_each_means_one_event() -> None:
    named = [name for kind in EVENTS if (name := public_type(kind)) is not None]
    assert len(named) == len(set(named)) == len(TOLD)
    assert public_type("invoicing.invoice.issued.v1") == "invoice.issued"
    assert public_type("invoicing.invoice.issued.v2") == "invoice.issued.v2"
    assert TOLD.keys() >= FOR_CUSTOMERS


def test_evidence_by_the_thousand_and_the_audit_log_are_never_told() -> None:
    untold = {kind for kind in EVENTS if public_type(kind) is None}
    assert untold == {
        "audit.change.recorded.v1", "identity.organization.clock_advanced.v1", "metering.hashprice.published.v1",
        "metering.reading.recorded.v1", "metering.telemetry.recorded.v1", "metering.usage.measured.v1",
    }  # fmt: skip


def test_no_event_that_is_told_carries_a_secret_or_the_hosts_cost() -> None:
    words = ("cost_basis", "margin", "secret", "token", "password", "notes")
    told = json.dumps([example(name, to_customer=False) for name in TOLD])
    assert not [word for word in words if word in told]


def test_what_customers_may_hear_names_them_and_keeps_back_what_is_the_hosts() -> None:
    for name in names_for(uuid4()):
        assert Fact(name, AT, example(name, to_customer=True)).customer_id is not None, name
    assert "fee" in example("payment.succeeded", to_customer=False)
    assert "fee" not in example("payment.succeeded", to_customer=True)
    assert not {"invoice.held", "customer.changed", "unit.uncontracted"} & set(names_for(uuid4()))


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (["*"], "invoice.issued", True),
        (["invoice.*"], "invoice.issued", True),
        (["invoice.*"], "invoices.issued", False),
        (["invoice.issued"], "invoice.issued", True),
        (["invoice.issued"], "invoice.issued.v2", False),
    ],
)
def test_a_pattern_means_a_type_its_group_or_all(patterns: list[str], name: str, expected: bool) -> None:
    assert matches(patterns, name) is expected


@pytest.mark.parametrize("types", [[], ["invoice.nothing"], ["invoice"], ["in*"], ["*"] * 2 + ["x"], ["\u202e"]])
def test_what_means_no_type_is_refused(types: list[str]) -> None:
    with pytest.raises(BadTypes) as refused:
        checked_types(types, TOLD)
    assert (refused.value.field, bool(refused.value.remedy)) == ("types", True)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.alpha.example", "ftp://alpha.example/x", "https://", "https://u:p@alpha.example/", "https://a b/",
        "https://alpha.example/#x", "https://alpha.example:x/", "https://[::1/", f"https://a.example/{'x' * 500}",
        "https://alpha.exämple/", "https://alpha.example\\@evil.example/", "javascript:alert(1)", "https://a\n.example/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_its_field(url: str) -> None:
    with pytest.raises(BadWebhook) as refused:
        webhook(url=url)
    assert refused.value.field == "url"


def test_a_delivery_is_tried_for_more_than_three_days_and_a_tenth_longer_at_most() -> None:
    waits = [wait_after(n, "seed") for n in range(1, len(WAITS) + 1)]
    assert all(w <= (got or timedelta()) <= w * 1.1 for w, got in zip(WAITS, waits, strict=True))
    assert ALL_THE_TIME < sum(WAITS, timedelta()) < timedelta(days=3, hours=4)
    assert wait_after(len(WAITS) + 1, "seed") is None
    assert wait_after(1, "seed") == wait_after(1, "seed") != wait_after(1, "another")


def test_any_answer_in_the_two_hundreds_is_taken_and_clears_the_record() -> None:
    failing = webhook(failing_since_at=AT - timedelta(days=2), silences=3, resting_until_at=AT)
    after, (verdict,) = judged(failing, [one := attempt(204, 7)], at=AT)
    assert verdict == Verdict(one.delivery_id, DeliveryState.DELIVERED)
    assert (after.failing_since_at, after.silences, after.resting_until_at) == (None, 0, None)


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
def test_any_other_answer_is_tried_again_without_resting(status: int) -> None:
    after, (verdict,) = judged(webhook(), [attempt(status)], at=AT)
    assert verdict.state is DeliveryState.PENDING
    assert timedelta(seconds=5) <= (verdict.next_at or AT) - AT < timedelta(seconds=6)
    assert (after.is_enabled, after.failing_since_at, after.resting_until_at) == (True, AT, None)


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120), (503, " 7 ", 7), (429, "Sat, 01 Mar 2025 06:10:00 GMT", 600),
        (429, "Saturday, 01-Mar-25 06:10:00 GMT", 600), (429, "9" * 40, 10**8),
        (500, "120", None), (200, "120", None), (410, "5", None), (429, None, None), (429, "", None), (429, "0", None),
        (429, "-5", None), (429, "1.5", None), (429, "soon", None), (429, "\u0663\u0660", None),
        (429, "Sat, 01 Mar 2025 05:00:00 GMT", None), (429, "Sat, 99 Foo 2025 06:10:00 GMT", None),
        (429, "Sat, 01 Mar 2025 06:10:00", None),
    ],
)  # fmt: skip
def test_a_busy_receiver_says_in_seconds_or_by_a_date_when_to_come_again(
    status: int, said: str | None, seconds: int | None
) -> None:
    assert asked_wait(status, said, at=AT) == (None if seconds is None else timedelta(seconds=seconds))


def test_what_a_receiver_asks_for_holds_between_the_schedules_own_wait_and_the_three_days() -> None:
    def next_after(asked: timedelta, attempts: int = 1, **more: Any) -> timedelta:
        after, (verdict,) = judged(webhook(**more), [Attempted(uuid4(), attempts, 429, asked)], at=AT)
        assert after.is_enabled
        assert verdict.next_at is not None
        return verdict.next_at - AT

    assert next_after(timedelta(minutes=20)) == timedelta(minutes=20)
    assert next_after(timedelta(seconds=20), attempts=2) >= timedelta(minutes=5)
    assert next_after(timedelta(days=1157)) == ALL_THE_TIME
    assert next_after(timedelta(days=9), failing_since_at=AT - timedelta(days=2)) == timedelta(days=1)
    after, verdicts = judged(webhook(), [attempt(200), Attempted(uuid4(), 1, 429, timedelta(hours=1))], at=AT)
    assert (after.resting_until_at, after.failing_since_at) == (AT + timedelta(hours=1), None)
    assert [verdict.state for verdict in verdicts] == [DeliveryState.DELIVERED, DeliveryState.PENDING]


def test_a_webhook_that_nobody_answers_at_rests_ever_longer_with_all_that_waits_for_it() -> None:
    after, verdicts = judged(webhook(silences=2), [attempt(None), attempt(None, 3)], at=AT)
    assert after.silences == 3
    assert timedelta(minutes=30) <= (after.resting_until_at or AT) - AT <= timedelta(minutes=33)
    assert all(v.next_at and v.next_at >= (after.resting_until_at or AT) for v in verdicts)
    assert judged(webhook(silences=9), [attempt(None)], at=AT)[0].silences == 9
    assert judged(webhook(silences=2), [attempt(None), attempt(500)], at=AT)[0].resting_until_at is None


def test_the_last_attempt_ends_in_failure() -> None:
    _, (verdict,) = judged(webhook(), [attempt(500, len(WAITS) + 1)], at=AT)
    assert (verdict.state, verdict.next_at) == (DeliveryState.FAILED, None)


@pytest.mark.parametrize(
    ("since", "status", "why"),
    [
        (timedelta(days=2, hours=23), 500, None),
        (timedelta(days=3), 500, WhyDisabled.FAILING),
        (timedelta(days=3), None, WhyDisabled.FAILING),
        (timedelta(days=3), 200, None),
        (timedelta(), 410, WhyDisabled.GONE),
    ],
)
def test_what_took_nothing_for_three_days_or_is_gone_is_switched_off(
    since: timedelta, status: int | None, why: str | None
) -> None:
    before = webhook(failing_since_at=AT - since)
    after, (verdict,) = judged(before, [attempt(status, 3)], at=AT)
    assert (after.disabled_reason, after.is_enabled) == (why, why is None)
    assert (verdict.state is DeliveryState.FAILED, after.version - before.version) == (
        why is not None,
        int(why is not None),
    )


def test_the_letter_says_what_happened_and_how_to_go_on_and_hides_the_query() -> None:
    host = Host(uuid4(), "Panhandle", "panhandle", "UTC", "USD", Mode.LIVE)
    off = webhook(url=f"{URL}?key=hidden").disabled(WhyDisabled.FAILING)
    letter = webhook_disabled("ops@alpha.example", host, off, "It answered 500.")
    for said in ("three days", URL, "It answered 500.", f"PATCH /v1/webhooks/{off.id}", '"is_enabled": true', "replay"):
        assert said in letter.text
    assert "hidden" not in letter.text


def test_each_secret_signs_and_the_librarys_receiver_believes_either() -> None:
    secrets = [bytes(range(32)), bytes(range(1, 33))]
    message = Message("msg_1_2", URL, '{"type":"invoice.issued"}', secrets)
    headers = signed(message, wall_now())
    for secret in secrets:
        assert Receiver(shown_secret(secret)).verify(message.body, headers) == {"type": "invoice.issued"}
    with pytest.raises(WebhookVerificationError):
        Receiver(shown_secret(bytes(32))).verify(message.body, headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(shown_secret(secrets[0])).verify(message.body + " ", headers)


def test_the_id_of_a_message_is_the_events_and_the_webhooks() -> None:
    event_id, one = UUID(int=1), webhook(id=UUID(int=2))
    assert one.message_id(event_id) == f"msg_{event_id.hex}_{one.id.hex}"


@pytest.mark.parametrize(
    "address", ["64:ff9b::a9fe:a9fe", "::7f00:1", "240.0.0.1", "::ffff:10.0.0.1", "2002:a00:1::", "ff02::1"]
)
def test_private_addresses_in_other_clothes_are_known(address: str) -> None:
    assert not is_public(address)


def names(*answers: Sequence[str]) -> Any:
    """A resolver that answers differently each time it is asked."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"], []])
async def test_a_name_that_leads_into_a_private_network_is_refused(found: list[str]) -> None:
    post = WebhookPost(private_networks=False, resolve=names(found))
    with pytest.raises(RuleBroken, match="private") as refused:
        await post.check(URL)
    assert refused.value.field == "url"
    await post.close()


@pytest.mark.parametrize(
    "url", ["http://hooks.alpha.example/", "https://127.1/", "https://2130706433/", "https://[::1]/"]
)
async def test_addresses_are_refused_however_they_are_written(url: str) -> None:
    post = WebhookPost(private_networks=False)
    with pytest.raises(RuleBroken):
        await post.check(url)
    await post.close()


async def test_a_name_that_moves_into_our_network_after_it_was_checked_is_not_followed() -> None:
    """DNS rebinding: what was checked is what is connected to, at every connection."""
    reached: list[bytes] = []

    async def inside(reader: Any, writer: Any) -> None:
        reached.append(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(inside, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    post = WebhookPost(private_networks=False, resolve=names(["8.8.8.8"], ["127.0.0.1"]))
    url = f"https://hooks.alpha.example:{port}/"
    await post.check(url)
    answer = await post.send(Message("msg", url, "{}", [bytes(32)]), at=wall_now())
    assert (answer.status, "private network" in (answer.error or "")) == (None, True)
    assert reached == []
    server.close()
    await post.close()


async def test_who_takes_the_message_and_says_nothing_is_left_after_a_while() -> None:
    async def silent(reader: Any, _: Any) -> None:
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    post = WebhookPost(private_networks=True, timeout_s=1)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    answer = await post.send(Message("msg", url, "{}", [bytes(32)]), at=wall_now())
    assert (answer.status, answer.error) == (None, "No answer within 1 seconds.")
    server.close()
    await post.close()


async def test_a_url_that_only_one_of_two_parsers_understands_is_refused() -> None:
    post = WebhookPost(private_networks=False)
    with pytest.raises((RuleBroken, httpx.InvalidURL)):
        await post.check("https://alpha..example:99999/")
    await post.close()
