"""View the portal as a customer (CM-17): reads alone, refused at three levels, both named, seen by the customer."""

from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from common.auth import HEADER, Principal, mint, verify
from common.db import Tenant
from identity.domain.roles import HOST_PERMISSIONS
from support.identity_at import OUR_ORIGIN, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}


async def look(identity: IdentityHere, organization: str, customer_id: str, role: str = "support") -> tuple[str, str]:
    """Somebody of the host looks: their name's id, and the cookie of the portal."""
    member = await identity.member(organization, role)
    body = {"customer_id": customer_id, "reason": "Ticket 42"}
    opened = await identity.door(member["cookie"]).call("POST", "/v1/portal-views", body, BY_PAGE)
    assert opened.status_code == 201, opened.text
    return member["id"], opened.headers["set-cookie"].split(";")[0]


async def principal_of(identity: IdentityHere, cookie: str) -> Principal:
    headers = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/v1/x"}
    told = await identity.door(cookie).straight("GET", "/internal/forward-auth", None, headers)
    return verify(told.headers[HEADER], identity.app.state.public_key)


async def test_who_looks_sees_what_the_customer_sees_and_both_are_named(
    identity: IdentityHere, organization: str
) -> None:
    mine, theirs = str(await identity.add_customer(organization)), str(await identity.add_customer(organization))
    boss = await identity.member(organization, "customer_owner", customer_id=mine)
    await identity.member(organization, "customer_owner", customer_id=theirs)
    _, cookie = await look(identity, organization, mine)
    door = identity.door(cookie)
    me = (await door.call("GET", "/v1/me")).json()
    assert (me["subject"], me["customer_id"]) == (f"customer:{mine}", mine)
    assert me["actor"].startswith("user:")
    assert {m["id"] for m in (await door.call("GET", "/v1/members")).json()["items"]} == {boss["id"]}
    assert (await door.call("GET", "/v1/account")).status_code == 403
    seen = (await identity.door(boss["cookie"]).call("GET", "/v1/portal-views")).json()["items"]
    assert [(one["person_name"], one["reason"]) for one in seen] == [("P", "Ticket 42")]
    principal = await principal_of(identity, cookie)
    assert (principal.read_only, principal.actor) == (True, me["actor"])
    assert "payment_methods.read" not in principal.permissions


async def test_writes_are_refused_at_the_gate_by_the_permission_and_by_the_database(
    identity: IdentityHere, organization: str
) -> None:
    customer_id = str(await identity.add_customer(organization))
    _, cookie = await look(identity, organization, customer_id)
    body = {"email": "x@alpha.example", "name": "X", "role": "customer_viewer"}
    at_the_gate = await identity.door(cookie).call("POST", "/v1/members", body, BY_PAGE)
    assert (at_the_gate.status_code, at_the_gate.json()["code"]) == (403, "read_only")
    key = identity.app.state.gate._private_key
    forged = Principal("customer:x", UUID(organization), HOST_PERMISSIONS, UUID(customer_id), "user:x", read_only=True)
    headers = {HEADER: mint(forged, key), "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(identity.app), base_url=OUR_ORIGIN) as past_the_gate:
        by_permission = await past_the_gate.post("/v1/members", json=body, headers=headers)
    assert (by_permission.status_code, by_permission.json()["code"]) == (403, "forbidden")
    tenant = Tenant(UUID(organization), UUID(customer_id), read_only=True)
    with pytest.raises(DBAPIError, match="read-only"):
        async with identity.database.transaction(tenant) as tx:
            await tx.execute(text("delete from members"))


async def test_it_ends_by_leaving_and_after_half_an_hour(identity: IdentityHere, organization: str) -> None:
    customer_id = str(await identity.add_customer(organization))
    _, cookie = await look(identity, organization, customer_id)
    left = await identity.door(cookie).straight("POST", "/v1/auth/logout")
    assert left.status_code == 204
    assert (await identity.door(cookie).call("GET", "/v1/me")).status_code == 401
    _, cookie = await look(identity, organization, customer_id)
    await identity.sql("update sessions set started_at = started_at - interval '30 minutes' where view_id is not null")
    assert (await identity.door(cookie).call("GET", "/v1/me")).status_code == 401


async def test_it_ends_with_the_right_to_look(identity: IdentityHere, organization: str) -> None:
    customer_id = str(await identity.add_customer(organization))
    member_id, cookie = await look(identity, organization, customer_id)
    await identity.sql("update members set role = 'auditor' where member_id = :m", m=UUID(member_id))
    assert (await identity.door(cookie).call("GET", "/v1/me")).status_code == 401


async def test_who_may_not_look_or_names_a_foreign_customer_is_refused(
    identity: IdentityHere, organization: str
) -> None:
    foreign = str(await identity.add_customer((await identity.open_organization())["id"]))
    body = {"customer_id": foreign, "reason": "x"}
    support = identity.door((await identity.member(organization, "support"))["cookie"])
    assert (await support.call("POST", "/v1/portal-views", body, BY_PAGE)).status_code == 404
    blank = await support.call("POST", "/v1/portal-views", body | {"reason": " "}, BY_PAGE)
    assert (blank.status_code, blank.json()["errors"][0]["field"]) == (422, "reason")
    auditor = identity.door((await identity.member(organization, "auditor"))["cookie"])
    assert (await auditor.call("POST", "/v1/portal-views", body, BY_PAGE)).status_code == 403
