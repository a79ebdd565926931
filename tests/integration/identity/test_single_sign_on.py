"""Single sign-on against a provider that is not ours, as a process of its own."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest

from identity.gateways.single_sign_on import SingleSignOn
from support.identity_at import OUR_ORIGIN, PASSWORD, IdentityHere

SETTINGS = {"client_id": "hostbook", "client_secret": "s3cret", "email_domains": ["alpha.example"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[str]:
    port = free_port()
    words = ("-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    address, until = f"http://127.0.0.1:{port}", monotonic() + 60
    async with httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"{address}/jwks")
                break
            except httpx.TransportError:
                assert monotonic() < until
                await asyncio.sleep(0.1)
    yield address
    process.terminate()
    await process.wait()


@pytest.fixture
async def trusting(identity: IdentityHere, organization: str, provider: str) -> str:
    """The short name of an organization that trusts the provider."""
    door = identity.door(identity.key, organization)
    put = await door.call("PUT", "/v1/sso", SETTINGS | {"issuer": provider}, {"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    assert put.json()["redirect_url"] == f"{OUR_ORIGIN}/v1/auth/sso/callback"
    assert "s3cret" not in put.text
    slug: str = (await door.call("GET", f"/v1/organizations/{organization}")).json()["slug"]
    return slug


async def at_the_provider(place: str, address: str, **claims: object) -> str:
    """Somebody signs in there; answers where they are sent back to."""
    site = place.partition("/oauth2")[0]
    async with httpx.AsyncClient() as client:
        await client.put(f"{site}/users/{address}", json={"email": address, "email_verified": True} | claims)
        sent = await client.post(place, data={"sub": address})
    assert sent.status_code in (302, 303), sent.text
    return sent.headers["location"]


async def depart(identity: IdentityHere, slug: str) -> tuple[str, str]:
    """Where the browser is sent, and the cookie that it keeps."""
    left = await identity.door().straight("GET", f"/v1/auth/sso/{slug}")
    assert left.status_code == 303, left.text
    return left.headers["location"], left.headers["set-cookie"].split(";")[0]


async def arrive(identity: IdentityHere, back: str, cookie: str) -> httpx.Response:
    path = back.removeprefix(OUR_ORIGIN)
    return await identity.door().straight("GET", path, None, {"Cookie": cookie})


async def test_somebody_new_of_the_hosts_domain_joins_with_the_default_role_and_comes_again(
    identity: IdentityHere, organization: str, trusting: str
) -> None:
    email = f"p{uuid4().hex[:8]}@alpha.example"
    for _ in range(2):
        place, cookie = await depart(identity, trusting)
        back = await at_the_provider(place, email, name="Somebody New")
        entered = await arrive(identity, back, cookie)
        assert entered.status_code == 303, entered.text
        session = next(c for c in entered.headers.get_list("set-cookie") if c.startswith("__Host-hostbook="))
        me = (await identity.door(session.split(";")[0]).call("GET", "/v1/me")).json()
        assert (me["email"], me["role"], me["name"], me["held"]) == (email, "auditor", "Somebody New", {})
        assert me["organization_id"] == organization
        assert (await arrive(identity, back, cookie)).status_code == 401  # a journey ends once
    assert (await identity.log_in(email, PASSWORD, organization)).status_code == 401


@pytest.mark.parametrize(
    ("address", "claims"),
    [
        ("ops@beta.example", {}),
        ("ops2@alpha.example", {"email_verified": False}),
        ("ops3@alpha.example.evil.example", {}),
        ("ops4@alpha.example", {"email": "not an address"}),
    ],
)
async def test_the_provider_vouches_for_its_own_domains_alone(
    identity: IdentityHere, trusting: str, address: str, claims: dict[str, Any]
) -> None:
    place, cookie = await depart(identity, trusting)
    refused = await arrive(identity, await at_the_provider(place, address, **claims), cookie)
    assert refused.status_code in (401, 422)
    assert "__Host-hostbook" not in str(refused.headers)


async def test_nobody_is_signed_in_by_a_journey_that_their_browser_did_not_begin(
    identity: IdentityHere, trusting: str
) -> None:
    """Log-in CSRF, mixed-up journeys, made-up codes."""
    place, cookie = await depart(identity, trusting)
    _, other = await depart(identity, trusting)
    back = await at_the_provider(place, "ops@alpha.example")
    for shown in ("", other, "__Host-sso=x"):
        assert (await arrive(identity, back, shown)).status_code == 401
    made_up = back.partition("?")[0] + f"?state={cookie.partition('=')[2]}&code=made-up"
    assert (await arrive(identity, made_up, cookie)).status_code == 401
    assert (await arrive(identity, back, cookie)).status_code == 401  # the made-up code has ended the journey


async def test_organizations_without_a_provider_and_none_at_all_look_the_same(
    identity: IdentityHere, organization: str
) -> None:
    slug = (await identity.open_organization())["slug"]
    answers = [await identity.door().straight("GET", f"/v1/auth/sso/{name}") for name in (slug, "no-such-host")]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"issuer": "http://127.0.0.1:9"}, 401),
        ({"issuer": "nonsense"}, 422),
        ({"default_role": "owner"}, 422),
        ({"email_domains": []}, 422),
        ({"client_secret": ""}, 422),
    ],
)
async def test_a_provider_that_cannot_be_is_not_kept(
    identity: IdentityHere, organization: str, provider: str, changes: dict[str, Any], status: int
) -> None:
    body = SETTINGS | {"issuer": provider} | changes
    door = identity.door(identity.key, organization)
    answer = await door.call("PUT", "/v1/sso", body, {"If-Match": '"0"'})
    assert (answer.status_code, bool(answer.json()["errors"][0]["field"])) == (status, True), answer.text
    assert (await door.call("GET", "/v1/sso")).status_code == 404


async def test_without_leave_no_provider_of_our_own_network_is_asked(
    identity: IdentityHere, organization: str, provider: str
) -> None:
    """API7: an issuer is an address that somebody typed."""
    access = identity.app.state.access
    identity.app.state.access = replace(access, sso=SingleSignOn(f"{OUR_ORIGIN}/x", private_networks=False))
    door = identity.door(identity.key, organization)
    for issuer in (provider, "https://127.0.0.1", "https://[::ffff:169.254.169.254]", "https://localhost"):
        answer = await door.call("PUT", "/v1/sso", SETTINGS | {"issuer": issuer}, {"If-Match": '"0"'})
        assert (answer.status_code, answer.json()["code"]) == (422, "address_refused"), issuer
    identity.app.state.access = access
