"""What takes two people: asked for by one, granted by another, done once, and only as it was asked."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.app import attach, create_app
from common.auth import HEADER
from common.http import Caller, Transaction, allow, new_router
from support.identity_at import OUR_ORIGIN, Door, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}
CREDIT = {"customer_id": "5", "amount": "100.00", "reason": "goodwill"}
router = new_router("credits")
GIVEN: list[str] = []


@router.post("/v1/credits", status_code=201, **allow("credit.write"))
async def give(tx: Transaction, caller: Caller, body: dict[str, Any]) -> dict[str, str]:
    """Stands for the service that gives credit."""
    GIVEN.append(body["amount"])
    return {"id": str(len(GIVEN)), "by": caller.subject}


@pytest.fixture(scope="module")
def credits(identity: IdentityHere) -> Door:
    """The other service, on identity's database, since it only needs a place for its keys."""
    app = create_app("credits", [router])
    attach(app, "credits", identity.database, None, None)
    app.state.public_key = identity.app.state.public_key
    return Door(app, {})


async def give_credit(
    identity: IdentityHere, service: Door, cookie: str, body: dict[str, Any], approval: str | None = None
) -> httpx.Response:
    """What the gateway does: the token from identity, the call to the service."""
    headers = {"Cookie": cookie, **BY_PAGE} | ({"X-Hostbook-Approval": approval} if approval else {})
    asking = {"X-Forwarded-Method": "POST", "X-Forwarded-Uri": "/v1/credits", "X-Forwarded-Proto": "https",
              "X-Forwarded-Host": "gateway.test"}  # fmt: skip
    told = await identity.door().straight("GET", "/internal/forward-auth", None, headers | asking)
    if told.status_code != 200:
        return told
    passed = {HEADER: told.headers[HEADER], "Idempotency-Key": str(uuid4())}
    return await service.straight("POST", "/v1/credits", body, passed)


async def under_four_eyes(identity: IdentityHere, organization: str, *what: str) -> None:
    path, door = f"/v1/organizations/{organization}", identity.door(identity.key, organization)
    changed = await door.call("PATCH", path, {"four_eyes": list(what)}, {"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text


async def ask(door: Door, **changes: object) -> httpx.Response:
    body = {"permission": "credit.write", "path": "/v1/credits", "body": CREDIT, "reason": "promised by phone"}
    return await door.call("POST", "/v1/approvals", body | changes, BY_PAGE)


async def test_credit_is_given_once_and_as_it_was_asked_when_another_person_agrees(
    identity: IdentityHere, organization: str, credits: Door
) -> None:
    await under_four_eyes(identity, organization, "credit")
    asker = (await identity.member(organization, "finance"))["cookie"]
    other = identity.door((await identity.member(organization, "finance"))["cookie"])
    alone = await give_credit(identity, credits, asker, CREDIT)
    assert (alone.status_code, alone.json()["code"]) == (409, "approval_required")
    asked = await ask(identity.door(asker))
    assert asked.status_code == 201, asked.text
    approval = asked.json()["id"]
    assert (await give_credit(identity, credits, asker, CREDIT, approval)).status_code == 403  # not granted yet
    own = await identity.door(asker).call("POST", f"/v1/approvals/{approval}/grant", {}, BY_PAGE)
    assert own.status_code == 403
    listed = (await other.call("GET", "/v1/approvals?state=asked")).json()["items"]
    assert [(one["id"], one["body"]) for one in listed] == [(approval, CREDIT)]
    granted = await other.call("POST", f"/v1/approvals/{approval}/grant", {"note": "fine"}, BY_PAGE)
    assert (granted.status_code, granted.json()["state"]) == (200, "granted")
    begun = len(GIVEN)
    more = await give_credit(identity, credits, asker, CREDIT | {"amount": "1000.00"}, approval)
    assert (more.status_code, more.json()["code"]) == (409, "approval_required")
    turned = dict(reversed(CREDIT.items()))  # the same request, written otherwise
    answers = [await give_credit(identity, credits, asker, turned, approval) for _ in range(3)]
    assert {(a.status_code, a.content) for a in answers[:1]} == {(201, answers[0].content)}
    assert len(GIVEN) == begun + 1
    assert answers[1].content == answers[2].content == answers[0].content
    thief = (await identity.member(organization, "finance"))["cookie"]
    assert (await give_credit(identity, credits, thief, CREDIT, approval)).status_code == 403


async def test_without_the_wish_of_the_organization_one_person_is_enough(
    identity: IdentityHere, organization: str, credits: Door
) -> None:
    finance = (await identity.member(organization, "finance"))["cookie"]
    assert (await give_credit(identity, credits, finance, CREDIT)).status_code == 201
    auditor = (await identity.member(organization, "auditor"))["cookie"]
    assert (await give_credit(identity, credits, auditor, CREDIT)).status_code == 403


async def test_what_cannot_be_asked_or_decided_says_why(identity: IdentityHere, organization: str) -> None:
    finance = identity.door((await identity.member(organization, "finance"))["cookie"])
    for changes, field in (
        ({"permission": "invoices.read"}, "permission"),
        ({"path": "https://evil.example"}, "path"),
        ({"reason": "\u202e"}, "reason"),
        ({"method": "GET"}, "method"),
    ):
        refused = await ask(finance, **changes)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field), refused.text
    sales = identity.door((await identity.member(organization, "sales"))["cookie"])
    assert (await ask(sales)).status_code == 403
    mine = (await ask(finance)).json()["id"]
    by_key = await identity.door(identity.key, organization).call("POST", f"/v1/approvals/{mine}/grant", {})
    assert by_key.status_code == 403
    foreign = (await identity.open_organization())["id"]
    owner = await identity.member(foreign, "admin")
    elsewhere = await identity.door(owner["cookie"]).call("POST", f"/v1/approvals/{mine}/grant", {}, BY_PAGE)
    assert elsewhere.status_code == 404
    second = identity.door((await identity.member(organization, "finance"))["cookie"])
    assert (await second.call("POST", f"/v1/approvals/{mine}/refuse", {}, BY_PAGE)).json()["state"] == "refused"
    assert (await second.call("POST", f"/v1/approvals/{mine}/grant", {}, BY_PAGE)).status_code == 409


async def test_what_takes_two_people_is_not_loosened_by_a_browser_left_open(
    identity: IdentityHere, organization: str
) -> None:
    heir, by_key = await identity.member(organization, "finance"), identity.door(identity.key, organization)
    path = f"/v1/organizations/{organization}"
    assert (await by_key.call("POST", f"{path}/transfer", {"member_id": heir["id"]})).status_code == 200
    owner = identity.door(await identity.signed_in(heir["email"], organization))
    headers = BY_PAGE | {"If-Match": '"1"'}
    assert (await owner.call("PATCH", path, {"four_eyes": ["credit"]}, headers)).status_code == 200
    await identity.sql("update sessions set shown_at = shown_at - interval '1 hour'")
    identity.app.state.gate.forget_all()
    headers = BY_PAGE | {"If-Match": '"2"'}
    refused = await owner.call("PATCH", path, {"four_eyes": []}, headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")
    assert (await owner.call("PATCH", path, {"name": "Panhandle Two"}, headers)).status_code == 200
