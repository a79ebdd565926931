"""Forward-auth: from credentials to the internal token, and to which organization."""

from uuid import UUID, uuid4

import pytest

from common.auth import HEADER, verify
from identity.bootstrap import arguments, bootstrap
from identity.domain.roles import PLATFORM_PERMISSIONS, Role, permissions_of
from support.identity_at import PASSWORD, IdentityHere


async def token_of(identity: IdentityHere, credential: str, organization: str | None = None) -> str:
    headers = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/v1/x"}
    answer = await identity.door(credential, organization).straight("GET", "/internal/forward-auth", None, headers)
    assert answer.status_code == 200, answer.text
    return answer.headers[HEADER]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer hbk_live_abc"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "__Host-hostbook="},
        {"Cookie": "__Host-hostbook=unknown"},
        {"Cookie": "other=1"},
        {"X-Internal-Token": "eyJhbGciOiJub25lIn0.e30."},
    ],
)
async def test_without_valid_credentials_it_is_401_as_problem(identity: IdentityHere, headers: dict[str, str]) -> None:
    answer = await identity.door().straight("GET", "/internal/forward-auth", None, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["content-type"] == "application/problem+json"
    assert HEADER not in answer.headers


async def test_the_platforms_key_picks_an_organization_by_id_short_name_or_address(identity: IdentityHere) -> None:
    opened, public_key = await identity.open_organization(), identity.app.state.public_key
    for named in (opened["id"], opened["slug"], opened["slug"].upper()):
        principal = verify(await token_of(identity, identity.key, named), public_key)
        assert principal.organization_id == UUID(opened["id"])
        assert principal.permissions == permissions_of(Role.OWNER)
    answer = await identity.door(identity.key).call("GET", f"/v1/organizations/{opened['id']}")
    assert answer.status_code == 200


async def test_in_the_platform_itself_no_business_is_done(identity: IdentityHere) -> None:
    principal = verify(await token_of(identity, identity.key), identity.app.state.public_key)
    assert principal.organization_id == UUID(int=0)
    assert principal.permissions == PLATFORM_PERMISSIONS


async def test_a_foreign_organization_looks_like_none(identity: IdentityHere, organization: str) -> None:
    foreign = (await identity.open_organization())["id"]
    key = (
        await identity.door(identity.key, organization).call("POST", "/v1/api-keys", {"name": "k", "role": "admin"})
    ).json()["key"]
    cookie = (await identity.member(organization, "admin"))["cookie"]
    answers = [
        await identity.door(credential, named).call("GET", "/v1/me")
        for credential in (key, cookie)
        for named in (foreign, str(uuid4()), "no-such-host", str(UUID(int=0)))
    ]
    answers += [await identity.door(c).call("GET", f"/v1/organizations/{foreign}") for c in (key, cookie)]
    assert {a.status_code for a in answers} == {404}
    assert len({a.content for a in answers}) == 1
    assert (await identity.door(key, organization).call("GET", "/v1/me")).status_code == 200


async def test_the_platforms_people_see_no_organization_they_do_not_belong_to(
    identity: IdentityHere, organization: str
) -> None:
    email = f"p{uuid4().hex[:8]}@alpha.example"
    await bootstrap(identity.database, identity.app.state.passwords, arguments(["--email", email]), PASSWORD)
    cookie = await identity.signed_in(email)
    assert (await identity.door(cookie).call("GET", "/v1/me")).status_code == 200
    assert (await identity.door(cookie, organization).call("GET", "/v1/me")).status_code == 404


async def test_a_wrong_role_is_403_with_the_permission_named(identity: IdentityHere, organization: str) -> None:
    door = identity.door((await identity.member(organization, "auditor"))["cookie"])
    assert (await door.call("GET", "/v1/members")).status_code == 200
    refused = await door.call("DELETE", f"/v1/members/{uuid4()}", None, {"Origin": "https://gateway.test"})
    assert refused.status_code == 403
    assert "members.write" in refused.json()["detail"]


async def test_a_token_of_another_signer_is_refused_by_every_route(identity: IdentityHere, organization: str) -> None:
    token = await token_of(identity, identity.key, organization)
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    answer = await identity.door().straight("GET", "/v1/me", None, {HEADER: forged})
    assert answer.status_code == 401
