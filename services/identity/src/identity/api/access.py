"""What the routes of signing in share: the parts behind them, who comes from where, and the cookie they leave."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from common.auth import NotSignedIn
from common.db import Tx
from common.http import Caller
from common.problems import problem
from identity.api.asked import address_of, cookies_of
from identity.api.gate import Gate, check_origin
from identity.domain.sessions import ABSOLUTE, COOKIE, VIEW, Audience, Level, Session, cookie_name
from identity.gateways.passkey_ceremonies import PasskeyCeremonies
from identity.gateways.password_hashing import PasswordHashing
from identity.gateways.sealing import Sealing
from identity.gateways.single_sign_on import SingleSignOn
from identity.use_cases.sign_in import From, session_anywhere


@dataclass(frozen=True, slots=True)
class Access:
    """`public_url` is where people reach us, without a slash at its end."""

    gate: Gate
    sealing: Sealing
    passkeys: PasskeyCeremonies
    sso: SingleSignOn
    public_url: str


async def _access(request: Request) -> Access:
    return request.app.state.access  # type: ignore[no-any-return]


async def _passwords(request: Request) -> PasswordHashing:
    return request.app.state.passwords  # type: ignore[no-any-return]


async def _gate(request: Request) -> Gate:
    return request.app.state.gate  # type: ignore[no-any-return]


OurAccess = Annotated[Access, Depends(_access)]
Passwords = Annotated[PasswordHashing, Depends(_passwords)]
OurGate = Annotated[Gate, Depends(_gate)]


def from_our_page(request: Request) -> None:
    """Browsers name the page a request comes from; programs do not, and carry no foreign cookie either."""
    headers = request.headers
    if "origin" in headers or "sec-fetch-site" in headers:
        host = headers.get("x-forwarded-host") or headers.get("host", "")
        ours = f"{headers.get('x-forwarded-proto', request.url.scheme)}://{host}"
        check_origin(headers.get("origin"), headers.get("sec-fetch-site"), ours)


def came(request: Request, audience: Audience, level: Level = Level.PASSWORD) -> From:
    """Where a sign-in comes from."""
    address = address_of(request.headers) or (request.client.host if request.client else "")
    return From(address, request.headers.get("user-agent", ""), audience, level)


def shown_cookie(request: Request, audience: Audience, organization_id: UUID) -> str | None:
    """The session that the browser came with, by the door it now uses."""
    return cookies_of(request.headers.get("cookie", "")).get(cookie_name(audience, organization_id))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def leave_cookie(response: Response, session: Session, token: str) -> None:
    """The session's token, where no script can read it; no longer than the session can last."""
    lasts = VIEW if session.view_id else ABSOLUTE
    name = cookie_name(session.audience, session.organization_id)
    response.set_cookie(
        name, token, max_age=int(lasts.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )


def take_cookies(request: Request, response: Response) -> None:
    """Every cookie of ours that came; the browser forgets them."""
    for name in cookies_of(request.headers.get("cookie", "")) or {COOKIE: ""}:
        response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def too_often(again_at: datetime, now_at: datetime) -> Response:
    seconds = max(1, round((again_at - now_at).total_seconds()))
    return problem(
        429, "too_many_attempts", f"Too many attempts; try again in {seconds} s.", headers={"Retry-After": str(seconds)}
    )


async def own_session(request: Request, tx: Tx, caller: Caller) -> Session:
    """The session of the browser that calls; an API key has none."""
    audience = Audience.HOST if caller.customer_id is None else Audience.PORTAL
    token = shown_cookie(request, audience, caller.organization_id)
    session = await session_anywhere(tx, token) if token and caller.subject.startswith("user:") else None
    if session is None or f"user:{session.person_id}" != caller.subject:
        raise NotSignedIn("This needs a session of a person.", remedy="sign in")
    return session
