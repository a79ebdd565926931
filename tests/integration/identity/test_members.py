"""The people of an organization and of its customers' teams."""

from typing import Any
from uuid import uuid4

import pytest

from events.identity import MemberChanged, MemberJoined, MemberRemoved
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


async def test_the_one_owner_stays_until_the_ownership_is_handed_on(identity: IdentityHere, organization: str) -> None:
    """B8: one owner, transferable; the former one goes on as administrator; both sign in anew."""
    door, path = identity.door(identity.key, organization), f"/v1/organizations/{organization}/transfer"
    owner = next(m for m in (await door.call("GET", "/v1/members")).json()["items"] if m["role"] == "owner")
    assert (await door.call("DELETE", f"/v1/members/{owner['id']}")).status_code == 409
    heir = await identity.member(organization, "finance")
    by_heir = identity.door(heir["cookie"])
    assert (await by_heir.call("POST", path, {"member_id": heir["id"]}, BY_PAGE)).status_code == 403
    customer_id = str(await identity.add_customer(organization))
    stranger = await identity.member(organization, "customer_owner", customer_id=customer_id)
    for member in (owner["id"], stranger["id"]):
        assert (await door.call("POST", path, {"member_id": member})).status_code == 409
    assert (await door.call("POST", path, {"member_id": heir["id"]})).json()["role"] == "owner"
    assert (await by_heir.call("GET", "/v1/me")).status_code == 401
    listed = {m["id"]: m["role"] for m in (await door.call("GET", "/v1/members")).json()["items"]}
    assert (listed[owner["id"]], listed[heir["id"]]) == ("admin", "owner")
    assert (await door.call("POST", path, {"member_id": heir["id"]})).status_code == 403
    assert (await door.call("DELETE", f"/v1/members/{heir['id']}")).status_code == 403


async def test_another_role_holds_at_once_and_ends_the_sessions_of_before(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "auditor")
    door, path = identity.door(identity.key, organization), f"/v1/members/{member['id']}"
    read = await door.call("GET", path)
    assert (await door.call("PATCH", path, {"role": "sales"}, {"If-Match": '"7"'})).status_code == 412
    changed = await door.call("PATCH", path, {"role": "sales"}, {"If-Match": read.headers["etag"]})
    assert (changed.status_code, changed.json()["role"], changed.json()["version"]) == (200, "sales", 2)
    assert (await identity.door(member["cookie"]).call("GET", "/v1/me")).status_code == 401
    assert isinstance((await identity.published(organization))[-1], MemberChanged)
    for role in ("owner", "customer_viewer", "custom", "platform"):
        refused = await door.call("PATCH", path, {"role": role}, {"If-Match": '"2"'})
        assert refused.status_code in (403, 422), role


async def test_who_runs_the_team_signs_a_member_out_everywhere(identity: IdentityHere, organization: str) -> None:
    """ASVS 7.4.5."""
    member = await identity.member(organization, "auditor")
    path, door = f"/v1/members/{member['id']}/sessions", identity.door(identity.key, organization)
    assert (await identity.door(member["cookie"]).call("GET", "/v1/me")).status_code == 200
    assert (await door.call("DELETE", path)).status_code == 204
    assert (await identity.door(member["cookie"]).call("GET", "/v1/me")).status_code == 401
    assert (await door.call("DELETE", f"/v1/members/{uuid4()}/sessions")).status_code == 404


async def test_a_role_of_ones_own_opens_what_it_names_and_changes_for_all_who_have_it(
    identity: IdentityHere, organization: str
) -> None:
    door = identity.door(identity.key, organization)
    clerk = {"name": "Clerk", "permissions": ["approvals.read", "organization.read"]}
    made = await door.call("POST", "/v1/roles", clerk)
    assert made.status_code == 201, made.text
    assert (await door.call("POST", "/v1/roles", clerk)).status_code == 409
    member = await identity.member(organization, "custom", role_id=made.json()["id"])
    own = identity.door(member["cookie"])
    assert (await own.call("GET", "/v1/approvals")).status_code == 200
    assert (await own.call("GET", "/v1/members")).status_code == 403
    path = f"/v1/roles/{made.json()['id']}"
    changed = await door.call("PUT", path, clerk | {"permissions": ["members.read"]}, {"If-Match": '"1"'})
    assert changed.status_code == 200
    assert (await own.call("GET", "/v1/approvals")).status_code == 403
    assert (await own.call("GET", "/v1/members")).status_code == 200
    assert (await door.call("DELETE", path)).status_code == 409
    for permissions in (["organization.transfer"], ["everything"], ["account.write"]):
        refused = await door.call("POST", "/v1/roles", {"name": "X", "permissions": permissions})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "permissions")
    sales = identity.door((await identity.member(organization, "sales"))["cookie"])
    assert (await sales.call("POST", "/v1/roles", clerk, BY_PAGE)).status_code == 403


async def test_a_customers_owner_runs_the_customers_team_and_sees_no_other(
    identity: IdentityHere, organization: str
) -> None:
    mine, theirs = await identity.add_customer(organization), await identity.add_customer(organization)
    boss = await identity.member(organization, "customer_owner", customer_id=str(mine))
    stranger = await identity.member(organization, "customer_owner", customer_id=str(theirs))
    door = identity.door(boss["cookie"])
    added = await door.call("POST", "/v1/members", person("customer_viewer"), BY_PAGE)
    assert (added.status_code, added.json()["customer_id"]) == (201, str(mine))
    by_host = identity.door(identity.key, organization)
    for looking in (door, by_host):
        team = (await looking.call("GET", f"/v1/members?customer_id={mine}")).json()["items"]
        assert {m["id"] for m in team} == {boss["id"], added.json()["id"]}
    assert {m["id"] for m in (await door.call("GET", "/v1/members")).json()["items"]} == {m["id"] for m in team}
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
    assert (await identity.log_in(viewer["email"], PASSWORD, organization, "portal")).status_code == 401


async def test_console_and_portal_are_separate_doors_with_separate_cookies(
    identity: IdentityHere, organization: str
) -> None:
    """CM-14: a customer's people use the portal, not the main sign-in, and neither cookie opens the other door."""
    customer_id = str(await identity.add_customer(organization))
    viewer = await identity.member(organization, "customer_viewer", customer_id=customer_id)
    staff = await identity.member(organization, "auditor")
    assert (await identity.log_in(viewer["email"], PASSWORD, organization)).status_code == 401
    assert (await identity.log_in(staff["email"], PASSWORD, organization, "portal")).status_code == 401
    name, _, token = viewer["cookie"].partition("=")
    assert name == f"__Host-portal-{organization.replace('-', '')}"
    assert (await identity.door(f"__Host-hostbook={token}").call("GET", "/v1/me")).status_code == 401
    planted = f"{name}={staff['cookie'].partition('=')[2]}"
    assert (await identity.door(planted).call("GET", "/v1/me")).status_code == 401
    other = (await identity.open_organization())["id"]
    elsewhere = f"__Host-portal-{other.replace('-', '')}={token}"
    assert (await identity.door(elsewhere).call("GET", "/v1/me")).status_code == 404


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
