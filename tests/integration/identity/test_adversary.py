"""What somebody clever would try at the doors (issue 6, sections 1, 5 and 6), each by the real API."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from common.auth import Principal
from common.clock import wall_now
from common.db import Tenant
from common.http import Stale
from identity.domain.roles import HOST_PERMISSIONS
from identity.use_cases.change_role import transfer_ownership
from identity.use_cases.remove_member import remove_member
from support.identity_at import OUR_ORIGIN, PASSWORD, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}
KELVIN = "\u212a"  # becomes the letter k in lower case


async def test_a_key_of_one_site_makes_and_rotates_no_key_of_more(identity: IdentityHere, organization: str) -> None:
    door, site, other = identity.door(identity.key, organization), str(uuid4()), str(uuid4())
    scope = {"permissions": ["api_keys.read", "api_keys.write", "readings.write"]}
    bound = (await door.call("POST", "/v1/api-keys", {"name": "bound", "site_id": site, **scope})).json()
    free = (await door.call("POST", "/v1/api-keys", {"name": "free", **scope})).json()
    bound_door = identity.door(bound["key"])
    for wider in ({}, {"site_id": other}):
        made = await bound_door.call("POST", "/v1/api-keys", {"name": "wider", **scope, **wider})
        assert (made.status_code, made.json()["errors"][0]["field"]) == (403, "site_id"), made.text
    taken = await bound_door.call("POST", f"/v1/api-keys/{free['id']}/rotate", {})
    assert (taken.status_code, "key" in taken.json()) == (403, False), taken.text
    own = await bound_door.call("POST", "/v1/api-keys", {"name": "own", "site_id": site, **scope})
    assert own.status_code == 201, own.text


async def invited(identity: IdentityHere, by: str, **offer: object) -> tuple[dict[str, str], str]:
    email = f"p{uuid4().hex[:8]}@alpha.example"
    made = await identity.door(by).call("POST", "/v1/invitations", {"email": email, "role": "admin"} | offer, BY_PAGE)
    assert made.status_code == 201, made.text
    return made.json(), email


async def come(identity: IdentityHere, link: str, email: str) -> int:
    body = {"token": link.rpartition("=")[2], "email": email, "name": "P", "password": PASSWORD}
    return (await identity.door().straight("POST", "/v1/auth/invitations/accept", body)).status_code


async def test_whoever_was_put_out_does_not_come_back_by_an_invitation_of_their_own(
    identity: IdentityHere, organization: str
) -> None:
    host = identity.door(identity.key, organization)
    leaving, staying = [await identity.member(organization, "admin") for _ in range(2)]
    by_gone, gone_email = await invited(identity, leaving["cookie"])
    renewed, renewed_email = await invited(identity, leaving["cookie"])
    lesser, lesser_email = await invited(identity, staying["cookie"], role="auditor")
    assert (await host.call("DELETE", f"/v1/members/{leaving['id']}")).status_code == 204
    assert await come(identity, by_gone["link"], gone_email) == 409
    again = await identity.door(staying["cookie"]).call("POST", f"/v1/invitations/{renewed['id']}/renew", {}, BY_PAGE)
    assert await come(identity, again.json()["link"], renewed_email) == 204
    wide, wide_email = await invited(identity, staying["cookie"])
    change = {"role": "auditor"}
    assert (await host.call("PATCH", f"/v1/members/{staying['id']}", change, {"If-Match": '"1"'})).status_code == 200
    assert await come(identity, wide["link"], wide_email) == 409
    assert await come(identity, lesser["link"], lesser_email) == 204


async def test_a_role_that_somebody_is_invited_to_stays_until_they_came(
    identity: IdentityHere, organization: str
) -> None:
    host = identity.door(identity.key, organization)
    role = (await host.call("POST", "/v1/roles", {"name": "Clerk", "permissions": ["invoices.read"]})).json()
    admin = await identity.member(organization, "admin")
    made, email = await invited(identity, admin["cookie"], role="custom", role_id=role["id"])
    assert (await host.call("DELETE", f"/v1/roles/{role['id']}")).status_code == 409
    assert await come(identity, made["link"], email) == 204


async def test_the_ownership_goes_to_one_and_an_heir_is_not_removed_meanwhile(
    identity: IdentityHere, organization: str
) -> None:
    """B8: two transfers at once, and a removal that began before the heir became owner."""
    heirs = [await identity.member(organization, "admin") for _ in range(3)]
    door = identity.door(identity.key, organization)
    path = f"/v1/organizations/{organization}/transfer"
    answers = await asyncio.gather(*(door.call("POST", path, {"member_id": heir["id"]}) for heir in heirs))
    assert sorted(a.status_code for a in answers) == [200, 409, 409], [a.text for a in answers]
    now = await identity.sql(
        "select member_id from members where organization_id = :o and role = 'owner'", o=UUID(organization)
    )
    assert len(now) == 1

    fresh = (await identity.open_organization())["id"]
    heir = await identity.member(fresh, "admin")
    caller = Principal(f"key:{await key_id(identity)}", UUID(fresh), HOST_PERMISSIONS)
    gone = asyncio.Event()

    async def remove() -> None:
        async with identity.database.transaction(Tenant(UUID(fresh))) as tx:
            gone.set()
            await remove_member(tx, caller, UUID(heir["id"]), at=wall_now())

    async with identity.database.transaction(Tenant(UUID(fresh))) as tx:
        await transfer_ownership(tx, caller, UUID(heir["id"]), at=wall_now())
        removing = asyncio.create_task(remove())
        await gone.wait()
        await asyncio.sleep(0.2)  # until it waits for the row that is being changed
    with pytest.raises(Stale):
        await removing


async def key_id(identity: IdentityHere) -> UUID:
    found = await identity.sql("select key_id from api_keys where organization_id = :o limit 1", o=UUID(int=0))
    return UUID(str(found[0][0]))


@pytest.mark.parametrize("asked", ["sign-up", "magic-link", "password-reset"])
async def test_an_id_that_is_no_organization_hears_what_everybody_hears(identity: IdentityHere, asked: str) -> None:
    body = {"email": f"p{uuid4().hex[:8]}@alpha.example", "organization": str(uuid4())}
    answer = await identity.door().straight("POST", f"/v1/auth/{asked}", body)
    assert answer.status_code == 202, answer.text


async def test_an_address_that_only_becomes_anothers_in_lower_case_is_nobodys(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "auditor", email=f"kate{uuid4().hex[:6]}@alpha.example")
    alike = KELVIN + member["email"][1:]
    assert alike.lower() == member["email"]
    made = await identity.door(identity.key, organization).call(
        "POST", "/v1/invitations", {"email": alike, "role": "auditor"}
    )
    assert (made.status_code, made.json()["errors"][0]["field"]) == (422, "email"), made.text
