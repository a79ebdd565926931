"""Organizations: opened by the platform, changed by their own people."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from events.identity import MemberJoined, OrganizationChanged, OrganizationCreated
from support.identity_at import ORGANIZATION, PASSWORD, IdentityHere


async def test_opening_one_announces_it_and_makes_the_caller_its_owner(identity: IdentityHere) -> None:
    opened = await identity.open_organization(default_rate_per_kwh="0.0725", billing_day=15)
    created, joined = await identity.published(opened["id"])
    assert isinstance(created, OrganizationCreated)
    assert (created.slug, created.billing_day, created.default_rate_per_kwh) == (opened["slug"], 15, "0.0725")
    assert created.mode == "test"
    assert isinstance(joined, MemberJoined)
    assert joined.role == "owner"


async def test_the_same_key_opens_one_once(identity: IdentityHere) -> None:
    body = ORGANIZATION | {"slug": f"host-{uuid4().hex[:8]}", "mode": "live"}
    door, key = identity.door(identity.key), {"Idempotency-Key": str(uuid4())}
    first = await door.call("POST", "/v1/organizations", body, key)
    again = await door.call("POST", "/v1/organizations", body, key)
    assert first.status_code == 201
    assert again.content == first.content
    assert (await door.call("POST", "/v1/organizations", body | {"name": "Other"}, key)).status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"slug": "Admin"}, "slug"), ({"slug": "admin"}, "slug"), ({"slug": "a"}, "slug")),
        *(
            ({"timezone": "Mars/Base"}, "timezone"),
            ({"currency": "XXX"}, "currency"),
            ({"currency": "usd"}, "currency"),
        ),
        *(({"billing_day": 31}, "billing_day"), ({"due_days": -1}, "due_days"), ({"mode": "demo"}, "mode")),
        *(({"clock_at": None}, "clock_at"), ({"clock_at": "2025-03-01"}, "clock_at"), ({"clock_at": 5}, "clock_at")),
        *(({"default_rate_per_kwh": 0.07}, "default_rate_per_kwh"), ({"owner": "me"}, "owner")),
        *(({"default_rate_per_kwh": "-1"}, "default_rate_per_kwh"), ({"mode": "live"}, "clock_at")),
    ],
)
async def test_each_impossible_field_is_refused_by_its_name(
    identity: IdentityHere, changes: dict[str, Any], field: str
) -> None:
    body = ORGANIZATION | {"slug": f"host-{uuid4().hex[:8]}", "clock_at": "2025-03-01T06:00:00Z"} | changes
    answer = await identity.door(identity.key).call("POST", "/v1/organizations", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_only_the_platform_opens_them(identity: IdentityHere, organization: str) -> None:
    body = ORGANIZATION | {"slug": f"host-{uuid4().hex[:8]}"}
    assert (await identity.door(identity.key, organization).call("POST", "/v1/organizations", body)).status_code == 403


async def test_a_short_name_has_one_organization_for_ever(identity: IdentityHere) -> None:
    first, second = await identity.open_organization(), await identity.open_organization()
    path, door = f"/v1/organizations/{first['id']}", identity.door(identity.key, first["id"])
    renamed = f"new-{uuid4().hex[:8]}"
    changed = await door.call("PATCH", path, {"slug": renamed}, {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    for name in (first["slug"], renamed):
        assert (await identity.door(identity.key, name).call("GET", path)).json()["slug"] == renamed
    taken = await identity.door(identity.key, second["id"]).call(
        "PATCH", f"/v1/organizations/{second['id']}", {"slug": first["slug"]}, {"If-Match": '"1"'}
    )
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "slug")
    back = await door.call("PATCH", path, {"slug": first["slug"]}, {"If-Match": '"2"'})
    assert back.status_code == 200


async def test_a_sign_in_that_began_under_the_former_short_name_goes_through(identity: IdentityHere) -> None:
    """Issue 6, section 5: the slug changes while somebody signs in."""
    opened = await identity.open_organization(billing_email="Bills@Alpha.example", locale="de-DE")
    path, door = f"/v1/organizations/{opened['id']}", identity.door(identity.key, opened["id"])
    member = await identity.member(opened["id"], "auditor")
    begun = [identity.log_in(member["email"], PASSWORD, opened["slug"]) for _ in range(3)]
    change = door.call("PATCH", path, {"slug": f"new-{uuid4().hex[:8]}"}, {"If-Match": '"1"'})
    *answers, changed = await asyncio.gather(*begun, change)
    assert changed.status_code == 200
    assert {answer.status_code for answer in answers} == {204}
    assert (await identity.log_in(member["email"], PASSWORD, opened["slug"])).status_code == 204


async def test_a_change_needs_the_version_it_was_made_from(identity: IdentityHere, organization: str) -> None:
    path, door = f"/v1/organizations/{organization}", identity.door(identity.key, organization)
    assert (await door.call("PATCH", path, {"due_days": 30})).status_code == 428
    assert (await door.call("PATCH", path, {"due_days": 30}, {"If-Match": '"7"'})).status_code == 412
    answer = await door.call("PATCH", path, {"default_rate_per_kwh": "0.080"}, {"If-Match": '"1"'})
    assert answer.headers["etag"] == '"2"'
    assert (await door.call("PATCH", path, {"due_days": 30}, {"If-Match": '"2"'})).status_code == 200
    changed = (await identity.published(organization))[-1]
    assert isinstance(changed, OrganizationChanged)
    assert (changed.due_days, changed.default_rate_per_kwh, changed.version) == (30, "0.08", 3)


async def test_customers_people_see_their_host_without_its_rate(identity: IdentityHere) -> None:
    organization = (await identity.open_organization(default_rate_per_kwh="0.0725"))["id"]
    customer_id = await identity.add_customer(organization)
    viewer = await identity.member(organization, "customer_viewer", customer_id=str(customer_id))
    seen = await identity.door(viewer["cookie"]).call("GET", f"/v1/organizations/{organization}")
    assert (seen.status_code, seen.json()["default_rate_per_kwh"]) == (200, None)
