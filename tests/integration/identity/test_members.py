"""The people of an organization and of its customers' teams."""

from typing import Any
from uuid import uuid4

import pytest

from events.identity import MemberJoined, MemberRemoved
from support.identity_at import OUR_ORIGIN, PASSWORD, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}


def person(role: str, **more: object) -> dict[str, Any]:
    return {"email": f"p{uuid4().hex[:8]}@alpha.example", "name": "P", "role": role} | more


async def test_joining_and_leaving_are_announced_and_leaving_ends_every_access(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "developer")
    own = identity.door(member["cookie"])
    key = (await own.call("POST", "/v1/api-keys", {"name": "k", "permissions": ["usage.read"]}, BY_PAGE)).json()["key"]
    assert (await own.call("GET", "/v1/me")).status_code == 200
    removed = await identity.door(identity.key, organization).call("DELETE", f"/v1/members/{member['id']}")
    assert removed.status_code == 204
    assert (await own.call("GET", "/v1/me")).status_code == 401
    assert (await identity.door(key).call("GET", "/v1/me")).status_code == 401
    assert (await identity.log_in(member["email"], PASSWORD, organization)).status_code == 401
    joined, left = (await identity.published(organization))[-2:]
    assert isinstance(joined, MemberJoined)
    assert isinstance(left, MemberRemoved)
    assert str(left.member_id) == member["id"]


async def test_an_address_belongs_to_one_member_of_an_organization_and_may_be_one_elsewhere(
    identity: IdentityHere, organization: str
) -> None:
    other = (await identity.open_organization())["id"]
    body = person("auditor", password=PASSWORD)
    assert (await identity.door(identity.key, organization).call("POST", "/v1/members", body)).status_code == 201
    again = await identity.door(identity.key, organization).call(
        "POST", "/v1/members", body | {"email": body["email"].upper()}
    )
    assert again.status_code == 409
    elsewhere = body | {"password": "another horse battery"}
    assert (await identity.door(identity.key, other).call("POST", "/v1/members", elsewhere)).status_code == 201
    assert (await identity.log_in(body["email"], "another horse battery", organization)).status_code == 401
    assert (await identity.log_in(body["email"], PASSWORD, organization)).status_code == 204


async def test_nobody_makes_somebody_who_may_do_more(identity: IdentityHere, organization: str) -> None:
    admin = identity.door((await identity.member(organization, "admin"))["cookie"])
    assert (await admin.call("POST", "/v1/members", person("owner"), BY_PAGE)).status_code == 403
    assert (await admin.call("POST", "/v1/members", person("platform"), BY_PAGE)).status_code == 403
    assert (await admin.call("POST", "/v1/members", person("finance"), BY_PAGE)).status_code == 201


async def test_the_last_owner_stays(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key, organization)
    owner = next(m for m in (await door.call("GET", "/v1/members")).json()["items"] if m["role"] == "owner")
    assert (await door.call("DELETE", f"/v1/members/{owner['id']}")).status_code == 409
    await identity.member(organization, "owner")
    assert (await door.call("DELETE", f"/v1/members/{owner['id']}")).status_code == 204


async def test_a_customers_owner_runs_the_customers_team_and_sees_no_other(
    identity: IdentityHere, organization: str
) -> None:
    mine, theirs = await identity.add_customer(organization), await identity.add_customer(organization)
    boss = await identity.member(organization, "customer_owner", customer_id=str(mine))
    stranger = await identity.member(organization, "customer_owner", customer_id=str(theirs))
    door = identity.door(boss["cookie"])
    added = await door.call("POST", "/v1/members", person("customer_viewer"), BY_PAGE)
    assert (added.status_code, added.json()["customer_id"]) == (201, str(mine))
    seen = {m["id"] for m in (await door.call("GET", "/v1/members")).json()["items"]}
    assert seen == {boss["id"], added.json()["id"]}
    for method in ("GET", "DELETE"):
        assert (await door.call(method, f"/v1/members/{stranger['id']}", None, BY_PAGE)).status_code == 404
    foreign = person("customer_viewer", customer_id=str(theirs))
    assert (await door.call("POST", "/v1/members", foreign, BY_PAGE)).status_code == 404
    assert (await door.call("POST", "/v1/members", person("admin"), BY_PAGE)).status_code == 403


async def test_a_closed_portal_keeps_the_customers_people_out(identity: IdentityHere, organization: str) -> None:
    customer_id = await identity.add_customer(organization)
    viewer = await identity.member(organization, "customer_viewer", customer_id=str(customer_id))
    await identity.sql("update customers set is_open = false where customer_id = :c", c=customer_id)
    assert (await identity.door(viewer["cookie"]).call("GET", "/v1/me")).status_code == 401
    assert (await identity.log_in(viewer["email"], PASSWORD, organization)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"email": "nobody"}, 422, "email"),
        ({"password": "short"}, 422, "password"),
        ({"role": "emperor"}, 422, "role"),
        ({"role": "customer_viewer"}, 422, "role"),
        ({"customer_id": str(uuid4())}, 422, "role"),
        ({"role": "customer_viewer", "customer_id": str(uuid4())}, 404, "customer_id"),
        ({"name": "\u202e"}, 422, "name"),
        ({"password_hash": "x"}, 422, "password_hash"),
    ],
)
async def test_each_impossible_field_is_refused_by_its_name(
    identity: IdentityHere, organization: str, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = await identity.door(identity.key, organization).call("POST", "/v1/members", person("auditor") | changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
