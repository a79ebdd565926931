"""`/v1/auth/login`, `/v1/auth/logout` and `/v1/me`."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import Field

from common.clock import wall_now
from common.errors import RuleBroken
from common.http import PUBLIC, Body, Caller, OwnDatabase, Transaction, allow, new_router
from common.problems import problem
from identity.api.forward_auth import OurGate
from identity.api.gate import check_origin, cookie_of
from identity.api.schemas import Me
from identity.domain.sessions import ABSOLUTE, COOKIE
from identity.gateways.password_hashing import PasswordHashing
from identity.store import members
from identity.store.tenancy import GATE
from identity.use_cases.person_behind import person_behind
from identity.use_cases.sign_in import find_candidate, open_session, sign_out

router = new_router("sign-in")


class SignIn(Body):
    """Who signs in, and where: without an organization, at the platform."""

    email: str = Field(max_length=254, examples=["ops@alpha.example"])
    password: str = Field(max_length=1024)
    organization: str | None = Field(None, max_length=64, description="The organization's short name.")


class SignInRefused(RuleBroken):
    """One answer for a wrong password, an unknown person and an unknown organization."""

    code = "sign_in_refused"
    status = 401


def _passwords(request: Request) -> PasswordHashing:
    return request.app.state.passwords  # type: ignore[no-any-return]


Passwords = Annotated[PasswordHashing, Depends(_passwords)]


def _from_our_page(request: Request) -> None:
    """Browsers name the page a request comes from; programs do not, and carry no foreign cookie either."""
    headers = request.headers
    if "origin" in headers or "sec-fetch-site" in headers:
        host = headers.get("x-forwarded-host") or headers.get("host", "")
        ours = f"{headers.get('x-forwarded-proto', request.url.scheme)}://{host}"
        check_origin(headers.get("origin"), headers.get("sec-fetch-site"), ours)


def _address(request: Request) -> str:
    """The gateway writes the peer's address last; what stands before it is the client's own claim."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded or (request.client.host if request.client else "")


@router.post("/v1/auth/login", status_code=204, **allow(PUBLIC))
async def log_in(request: Request, database: OwnDatabase, passwords: Passwords, body: SignIn) -> Response:
    """Sign in with e-mail and password; the session comes as a cookie that no script can read."""
    _from_our_page(request)
    now_at, slug = wall_now(), body.organization.lower() if body.organization else None
    async with database.transaction(GATE) as tx:
        candidate = await find_candidate(tx, slug, body.email.lower(), _address(request), now_at=now_at)
    if candidate.wait_until is not None:
        return _too_often(candidate.wait_until, now_at)
    if not await passwords.matches(body.password, candidate.password_hash):
        raise SignInRefused("E-mail, password or organization are not right.", remedy="check all three")
    token = secrets.token_urlsafe(32)
    async with database.transaction(GATE) as tx:
        await open_session(tx, candidate, token, cookie_of(request.headers.get("cookie", "")), now_at=now_at)
    response = Response(status_code=204)
    response.set_cookie(
        COOKIE, token, max_age=int(ABSOLUTE.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )
    return response


def _too_often(again_at: datetime, now_at: datetime) -> Response:
    seconds = max(1, round((again_at - now_at).total_seconds()))
    return problem(
        429, "too_many_attempts", f"Too many attempts; try again in {seconds} s.", headers={"Retry-After": str(seconds)}
    )


@router.post("/v1/auth/logout", status_code=204, **allow(PUBLIC))
async def log_out(request: Request, database: OwnDatabase, gate: OurGate) -> Response:
    """End the session of the cookie; without one nothing happens."""
    _from_our_page(request)
    token = cookie_of(request.headers.get("cookie", ""))
    if token:
        async with database.transaction(GATE) as tx:
            await sign_out(tx, token)
        gate.forget_all()
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/v1/me", **allow("organization.read"))
async def read_me(tx: Transaction, caller: Caller) -> Me:
    """Who the caller is, and what they may do here."""
    member = await members.of_person(tx, await person_behind(tx, caller))
    return Me.of(caller, member)
