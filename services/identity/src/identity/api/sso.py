"""`/v1/sso`: an organization's provider of single sign-on. `/v1/auth/sso/...`: the way there and back."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.errors import NotFound
from common.http import PUBLIC, Body, Caller, IfMatch, OwnDatabase, Transaction, allow, etag, new_router
from identity.api.access import OurAccess, came, leave_cookie, new_token, shown_cookie
from identity.domain.roles import Role
from identity.domain.sessions import SSO_COOKIE, Audience, Level
from identity.domain.sso import SsoProvider
from identity.gateways.single_sign_on import Provider, SsoRefused
from identity.store import sso_providers
from identity.store.tenancy import GATE, enter, organization_of
from identity.use_cases.sign_in import begin
from identity.use_cases.single_sign_on import asking, come_back, journey_of, sealed, set_out, take_in

router = new_router("single-sign-on")


class SsoSettings(Body):
    """The provider, who we are to it, and for which addresses it may vouch."""

    issuer: str = Field(max_length=300, examples=["https://login.alpha.example"])
    client_id: str = Field(max_length=200)
    client_secret: str = Field(min_length=1, max_length=500)
    email_domains: list[str] = Field(max_length=20, examples=[["alpha.example"]])
    default_role: Role = Role.AUDITOR


class SsoAnswer(BaseModel):
    """The provider as set up; the secret is never shown."""

    issuer: str
    client_id: str
    email_domains: list[str]
    default_role: Role
    version: int
    redirect_url: str = Field(description="What the provider must know as our address.")


def _answer(provider: SsoProvider, access: OurAccess) -> SsoAnswer:
    shown = {name: getattr(provider, name) for name in ("issuer", "client_id", "default_role", "version")}
    domains = list(provider.email_domains)
    return SsoAnswer(**shown, email_domains=domains, redirect_url=f"{access.public_url}/v1/auth/sso/callback")


@router.get("/v1/sso", **allow("sso.read"))
async def read(tx: Transaction, access: OurAccess, response: Response) -> SsoAnswer:
    """The organization's provider."""
    provider = await sso_providers.get(tx)
    if provider is None:
        raise NotFound("There is no provider of single sign-on.", remedy="set one up: PUT /v1/sso with If-Match 0")
    response.headers.update(etag(provider.version))
    return _answer(provider, access)


@router.put("/v1/sso", **allow("sso.write", transaction=False))
async def put(
    database: OwnDatabase, caller: Caller, access: OurAccess, body: SsoSettings, version: IfMatch, response: Response
) -> SsoAnswer:
    """Set the provider up, or change it; it is asked who it is before anything is kept. The first version is 0."""
    domains = tuple(domain.strip().lower() for domain in body.email_domains)
    secret = sealed(body.client_secret, access.sealing)
    provider = SsoProvider(body.issuer, body.client_id, secret, domains, body.default_role, version + 1)
    await access.sso.check(Provider(body.issuer, body.client_id, body.client_secret))
    async with database.transaction(caller.tenant) as tx:
        await sso_providers.put(tx, caller.organization_id, provider)
    response.headers.update(etag(provider.version))
    return _answer(provider, access)


@router.delete("/v1/sso", status_code=204, **allow("sso.write"))
async def remove(tx: Transaction) -> Response:
    """No single sign-on from now on; the people stay, with their passwords."""
    await sso_providers.remove(tx)
    return Response(status_code=204)


@router.get("/v1/auth/sso/callback", status_code=303, response_class=RedirectResponse, **allow(PUBLIC))
async def arrive(
    request: Request,
    database: OwnDatabase,
    access: OurAccess,
    state: Annotated[str, Query(max_length=100)],
    code: Annotated[str, Query(max_length=2000)],
    left: Annotated[str | None, Cookie(alias=SSO_COOKIE)] = None,
) -> Response:
    """Where the provider sends the browser back to: the same browser that set out, with the code for this journey."""
    if left is None or not secrets.compare_digest(left, state):
        raise SsoRefused("This sign-in was not begun in this browser.", remedy="start again")
    now_at, token = wall_now(), new_token()
    async with database.transaction(GATE) as tx:
        organization_id, provider = await come_back(tx, state, now_at=now_at)
    asked = asking(provider, access.sealing)
    claims = await access.sso.arrival(asked, journey_of(state, access.sealing), code)
    where = came(request, Audience.HOST, Level.STRONG)
    tokens = token, shown_cookie(request, Audience.HOST, organization_id)
    async with database.of(organization_id) as tx:
        member = await take_in(tx, organization_id, provider, claims)
        made = await begin(tx, organization_id, member, where, tokens, now_at=now_at)
    response = RedirectResponse("/", 303)
    leave_cookie(response, made.session, token)
    response.delete_cookie(SSO_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/v1/auth/sso/{organization}", status_code=303, response_class=RedirectResponse, **allow(PUBLIC))
async def depart(database: OwnDatabase, access: OurAccess, organization: str) -> Response:
    """Off to the organization's provider; an organization without one, and none at all, look the same."""
    state, provider = secrets.token_urlsafe(32), None
    async with database.transaction(GATE) as tx:
        organization_id = await organization_of(tx, organization)
        if organization_id is not None:
            await enter(tx, organization_id)
            provider = await set_out(tx, organization_id, state, now_at=wall_now())
    if provider is None:
        raise NotFound("There is no single sign-on here.", remedy="sign in with your password")
    place = await access.sso.way_out(asking(provider, access.sealing), journey_of(state, access.sealing))
    response = RedirectResponse(place, 303)
    response.set_cookie(SSO_COOKIE, state, max_age=600, path="/", secure=True, httponly=True, samesite="lax")
    return response
