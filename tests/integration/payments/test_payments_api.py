"""The payments API: money by hand, cards, refunds; who may do what; what is refused and why."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from common.clock import wall_now
from events.customers import CustomerRegistered
from events.payments import PaymentFailed, PaymentReversed, PaymentSucceeded
from hostbook.fakes.stripe.background import signature
from support.paying_house import ALL, AT, House


def _wire(house: House, **changes: Any) -> dict[str, Any]:
    body = {"customer_id": str(house.customer_id), "amount": "100.00", "currency": "USD", "method": "wire"}
    return {key: value for key, value in (body | changes).items() if value is not None}


async def test_a_wire_is_recorded_once_per_key_and_told(house: House) -> None:
    invoice_id = await house.issue()
    body = _wire(house, invoice_id=str(invoice_id), reference="FT-7", received_on="2025-03-30")
    key = {"Idempotency-Key": str(uuid4())}
    first = await house.http.post("/v1/payments", json=body, headers=key)
    again = await house.http.post("/v1/payments", json=body, headers=key)
    other = await house.http.post("/v1/payments", json=body | {"amount": "1.00"}, headers=key)
    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)
    await house.service.settled(house.id)
    (told,) = await house.events()
    assert isinstance(told, PaymentSucceeded)
    assert (told.processor, told.amount, told.reference, told.invoice_id) == ("wire", "100.00", "FT-7", invoice_id)
    assert told.received_at.isoformat() == "2025-03-30T05:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"amount": "0"}, 422, "amount"),
        ({"amount": "-5"}, 422, "amount"),
        ({"amount": "1.001"}, 422, "amount"),
        ({"amount": 5.5}, 422, "amount"),
        ({"amount": None}, 422, "amount"),
        ({"currency": "usd"}, 422, "currency"),
        ({"currency": "XXX"}, 422, "currency"),
        ({"colour": "red"}, 422, "colour"),
        ({"method": "barter"}, 422, "method"),
        ({"received_on": "2025-04-02"}, 422, "received_on"),
        ({"invoice_id": "00000000-0000-0000-0000-000000000001"}, 404, "invoice_id"),
        ({"customer_id": "00000000-0000-0000-0000-000000000001"}, 404, "customer_id"),
        ({"method": "card"}, 422, "method_id"),
        ({"method": "card", "method_id": "00000000-0000-0000-0000-000000000001"}, 404, "method_id"),
    ],
)
async def test_what_cannot_be_recorded_is_refused_by_its_field(
    house: House, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = await house.http.post("/v1/payments", json=_wire(house, **changes))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_customer_pays_an_invoice_now_with_a_saved_card(house: House) -> None:
    card = await house.card(auto_pay=False)
    invoice_id = await house.issue()
    body = _wire(house, method="card", method_id=card["id"], invoice_id=str(invoice_id), amount="49.99")
    begun = await house.http.post("/v1/payments", json=body)
    assert (begun.status_code, begun.json()["status"]) == (201, "processing")
    await house.service.settled(house.id)
    paid = (await house.http.get(f"/v1/payments/{begun.json()['id']}")).json()
    assert (paid["status"], paid["fee"], [a["status"] for a in paid["attempts"]]) == (
        "succeeded", "1.75", ["succeeded"]
    )  # fmt: skip
    assert await house.charged(invoice_id) == 1


async def test_a_card_that_declines_now_is_not_tried_again_by_itself(house: House) -> None:
    card = await house.card("pm_card_chargeCustomerFail", auto_pay=False)
    body = _wire(house, method="card", method_id=card["id"])
    await house.http.post("/v1/payments", json=body)
    await house.wait(days=7)
    (failed,) = await house.events()
    assert isinstance(failed, PaymentFailed)
    assert (failed.reason, failed.next_attempt_at) == ("generic_decline", None)


async def test_two_payments_of_one_invoice_do_not_run_at_once(house: House) -> None:
    card = await house.card(auto_pay=False)
    invoice_id = await house.issue()
    await house.stripe.tell("faults", slow=1, slow_ms=500)
    body = _wire(house, method="card", method_id=card["id"], invoice_id=str(invoice_id))
    answers = await asyncio.gather(*(house.http.post("/v1/payments", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    await house.service.settled(house.id)
    assert await house.charged(invoice_id) == 1


async def test_money_goes_back_by_the_way_it_came_and_never_more_than_came(house: House) -> None:
    card = await house.card(auto_pay=False)
    made = []
    for body in (_wire(house), _wire(house, method="card", method_id=card["id"])):
        made.append((await house.http.post("/v1/payments", json=body)).json()["id"])
    await house.service.settled(house.id)
    for payment_id in made:
        path = f"/v1/payments/{payment_id}/refund"
        assert (await house.http.post(path, json={"amount": "30.00", "reason": "overpaid"})).status_code == 201
        refused = await house.http.post(path, json={"amount": "70.01", "reason": "too much"})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_refund")
        assert (await house.http.post(path, json={"reason": "the rest"})).status_code == 201
        await house.service.settled(house.id)
        payment = (await house.http.get(f"/v1/payments/{payment_id}")).json()
        assert (payment["status"], [r["status"] for r in payment["refunds"]]) == ("reversed", ["succeeded"] * 2)
    back = [event for event in await house.events() if isinstance(event, PaymentReversed)]
    assert sorted(event.amount for event in back) == ["30.00", "30.00", "70.00", "70.00"]


async def test_one_method_at_most_is_preferred(house: House) -> None:
    first, second = await house.card(), await house.card()
    listed = (await house.http.get("/v1/payment-methods", params={"customer_id": str(house.customer_id)})).json()
    assert {m["id"]: m["auto_pay"] for m in listed["items"]} == {first["id"]: False, second["id"]: True}
    path = f"/v1/payment-methods/{first['id']}"
    read = await house.http.get(path)
    stale = await house.http.patch(path, json={"auto_pay": True}, headers={"If-Match": '"1"'})
    assert (read.json()["version"], stale.status_code) == (2, 412)
    changed = await house.http.patch(path, json={"auto_pay": True}, headers={"If-Match": read.headers["etag"]})
    assert changed.json()["auto_pay"]
    assert (await house.http.delete(path)).status_code == 204
    assert (await house.http.get(path)).json()["status"] == "removed"


async def test_saving_a_card_again_with_its_key_saves_one_and_a_bad_card_none(house: House) -> None:
    body = {"customer_id": str(house.customer_id), "token": "pm_card_visa"}
    key = {"Idempotency-Key": str(uuid4())}
    first = await house.http.post("/v1/payment-methods", json=body, headers=key)
    again = await house.http.post("/v1/payment-methods", json=body, headers=key)
    other = await house.http.post("/v1/payment-methods", json=body | {"auto_pay": True}, headers=key)
    assert (first.json(), other.status_code) == (again.json(), 409)
    refused = await house.http.post("/v1/payment-methods", json=body | {"token": "pm_card_visa_chargeDeclinedLostCard"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "token")
    assert "lost" not in refused.text
    assert len((await house.http.get("/v1/payment-methods")).json()["items"]) == 1


async def test_who_may_not_is_refused_and_what_is_anothers_does_not_exist(house: House) -> None:
    payment_id = (await house.http.post("/v1/payments", json=_wire(house))).json()["id"]
    card = await house.card()
    stranger = await house.service.open_organization(AT)
    async with house.service.client(house.id, ["payments.read"]) as reader:
        assert (await reader.post("/v1/payments", json=_wire(house))).status_code == 403
        assert (await reader.get("/v1/payment-methods")).status_code == 403
    async with house.service.client(stranger, ALL) as foreign:
        assert (await foreign.get(f"/v1/payments/{payment_id}")).status_code == 404
        assert (await foreign.get(f"/v1/payment-methods/{card['id']}")).status_code == 404
        assert (await foreign.post(f"/v1/payments/{payment_id}/refund", json={"reason": "mine"})).status_code == 404
        assert (await foreign.get("/v1/payments")).json()["items"] == []


async def test_a_customer_sees_and_uses_only_what_is_theirs(house: House) -> None:
    payment_id = (await house.http.post("/v1/payments", json=_wire(house))).json()["id"]
    neighbour = uuid4()
    registered = CustomerRegistered(customer_id=neighbour, version=1, name="Next", contact_email="a@next.test")
    await house.service.tell(house.id, registered, at=AT)
    await house.service.settled(house.id)
    card = await house.card()
    async with house.service.client(house.id, ALL, customer_id=neighbour) as portal:
        assert (await portal.get(f"/v1/payments/{payment_id}")).status_code == 404
        assert (await portal.get("/v1/payment-methods")).json()["items"] == []
        hand = await portal.post("/v1/payments", json=_wire(house, customer_id=str(neighbour)))
        stolen = _wire(house, customer_id=str(neighbour), method="card", method_id=card["id"])
        assert (hand.status_code, (await portal.post("/v1/payments", json=stolen)).status_code) == (403, 404)
        body = {"customer_id": str(house.customer_id), "token": "pm_card_visa"}
        assert (await portal.post("/v1/payment-methods", json=body)).status_code == 404


async def test_row_level_security_holds_for_the_services_own_role(house: House) -> None:
    await house.http.post("/v1/payments", json=_wire(house))
    connection = await asyncpg.connect(house.service.database_url)
    try:
        assert await connection.fetchval("select count(*) from payments") == 0
        await connection.execute("select set_config('app.organization_id', $1, false)", str(house.id))
        assert await connection.fetchval("select count(*) from payments") == 1
        await connection.execute("select set_config('app.customer_id', $1, false)", str(uuid4()))
        assert await connection.fetchval("select count(*) from payments") == 0
    finally:
        await connection.close()


async def _post_hook(house: House, event: dict[str, Any], secret: str = "whsec_test") -> int:
    body = json.dumps(event)
    signed = {"Stripe-Signature": signature(secret, body, int(wall_now().timestamp()))}
    return int((await house.http.post("/hooks/stripe", content=body, headers=signed)).status_code)


async def test_a_webhook_counts_only_when_signed_and_only_once(house: House) -> None:
    event = {"id": f"evt_{uuid4().hex}", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_foreign"}}}
    assert await _post_hook(house, event, "whsec_wrong") == 400
    assert [await _post_hook(house, event) for _ in range(2)] == [200, 200]
    assert await _post_hook(house, event, "whsec_old") == 200
    assert (await house.http.post("/hooks/stripe", content=b"{}")).status_code == 400


async def test_a_dispute_reverses_the_payment_and_a_won_one_brings_it_back(house: House) -> None:
    card = await house.card(auto_pay=False)
    body = _wire(house, method="card", method_id=card["id"])
    payment_id = (await house.http.post("/v1/payments", json=body)).json()["id"]
    await house.service.settled(house.id)
    await _heard(house)
    intent = (await house.http.get(f"/v1/payments/{payment_id}")).json()["reference"]
    await house.stripe.tell("disputes", payment_intent=intent, reason="fraudulent")
    await _heard(house)
    assert (await house.http.get(f"/v1/payments/{payment_id}")).json()["status"] == "reversed"
    await house.stripe.tell("disputes", payment_intent=intent, close="won")
    await _heard(house)
    kinds = [type(event) for event in await house.events()]
    assert kinds == [PaymentSucceeded, PaymentReversed, PaymentSucceeded]


async def _heard(house: House) -> None:
    while (await house.stripe.ask("pending"))["pending"]:  # noqa: ASYNC110 - the fake is another process
        await asyncio.sleep(0.05)
    await house.service.settled(house.id)
