"""`/v1/auth/...`: sign in with a password and a second factor, and out again; `/v1/me`."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.errors import RuleBroken
from common.http import PUBLIC, Body, Caller, OwnDatabase, Transaction, allow, new_router
from identity.api.access import (
    OurAccess,
    OurGate,
    Passwords,
    came,
    from_our_page,
    leave_cookie,
    new_token,
    shown_cookie,
    take_cookies,
    too_often,
)
from identity.api.asked import cookies_of
from identity.api.schemas import Me
from identity.domain.host import PLATFORM
from identity.domain.sessions import Audience, Level
from identity.domain.throttling import BY_PERSON
from identity.store import attempts, members, portal_views, sessions
from identity.store.credentials import digest
from identity.store.tenancy import GATE, act_as, enter, within
from identity.use_cases.person_behind import person_behind
from identity.use_cases.second_factors import CodeRefused, show_code
from identity.use_cases.sign_in import Entered, find_candidate, open_session, sign_out
from identity.use_cases.tell_refusal import Refusal, tell_refusal

router = new_router("sign-in")


class SignIn(Body):
    """Who signs in, where and by which door: without an organization, at the platform."""

    email: str = Field(max_length=254, examples=["ops@alpha.example"])
    password: str = Field(max_length=1024)
    organization: str | None = Field(None, max_length=64, description="The organization's short name.")
    audience: Audience = Audience.HOST


class Code(Body):
    """A code of the authenticator app, or a recovery code."""

    code: str = Field(min_length=6, max_length=40, examples=["123456"])


class StillNeeded(BaseModel):
    """The password was right; one of these comes next."""

    second_factor: list[str]


class SignInRefused(RuleBroken):
    """One answer for a wrong password, an unknown person and an unknown organization."""

    code = "sign_in_refused"
    status = 401


def refusal() -> SignInRefused:
    return SignInRefused("E-mail, password or organization are not right.", remedy="check all three")


def entered(made: Entered, token: str) -> Response:
    """204 with the session's cookie; 200 naming the second factors, where one is still to come."""
    response = Response(status_code=204)
    if made.still:
        response = Response(StillNeeded(second_factor=made.still).model_dump_json(), media_type="application/json")
    leave_cookie(response, made.session, token)
    return response


@router.post("/v1/auth/login", response_model=StillNeeded, **allow(PUBLIC))
async def log_in(request: Request, database: OwnDatabase, passwords: Passwords, body: SignIn) -> Response:
    """Sign in with e-mail and password; the session comes as a cookie that no script can read."""
    from_our_page(request)
    now_at, slug = wall_now(), body.organization.lower() if body.organization else None
    where = came(request, body.audience)
    async with database.transaction(GATE) as tx:
        candidate = await find_candidate(tx, slug, body.email.lower(), where, now_at=now_at)
    if candidate.wait_until is not None:
        return too_often(candidate.wait_until, now_at)
    if not await passwords.matches(body.password, candidate.password_hash):
        refused = Refusal(candidate.organization_id, candidate.member, candidate.person_key, "password")
        async with database.transaction(GATE) as tx:
            await tell_refusal(tx, refused, where, now_at=now_at)
        raise refusal()
    tokens = new_token(), shown_cookie(request, body.audience, candidate.organization_id)
    async with database.transaction(GATE) as tx:
        made = await open_session(tx, candidate, where, tokens, now_at=now_at)
    return entered(made, tokens[0])


class SecondFactor(Code):
    """The code, and by which door the sign-in began."""

    organization: UUID | None = Field(None, description="The organization's id, at its portal.")


@router.post("/v1/auth/second-factor", status_code=204, **allow(PUBLIC))
async def second_factor(request: Request, database: OwnDatabase, access: OurAccess, body: SecondFactor) -> Response:
    """Show the second factor of a sign-in that waits for it; the session goes on under a fresh cookie."""
    from_our_page(request)
    now_at, token = wall_now(), new_token()
    audience = Audience.PORTAL if body.organization else Audience.HOST
    shown = shown_cookie(request, audience, body.organization or PLATFORM) or ""
    async with database.transaction(GATE) as tx:
        session = await sessions.of_token(tx, shown)
        counted = digest(f"code|{session.person_id if session else shown}")
        await enter(tx, PLATFORM)
        wait_until = await attempts.reserve(tx, PLATFORM, counted, BY_PERSON, now_at)
    if wait_until is not None:
        return too_often(wait_until, now_at)
    if session is None or session.level is not Level.PENDING or session.is_over(now_at):
        raise refusal()
    async with database.of(session.organization_id) as tx:
        member = await members.of_person(tx, session.person_id)
        if member is None:
            raise refusal()
        await act_as(tx, session.person_id, session.address or "")
        try:
            await show_code(tx, member, body.code, access.sealing, now_at=now_at)
        except CodeRefused:
            refused = Refusal(session.organization_id, member, counted, "second factor")
            async with database.transaction(GATE) as apart:
                await tell_refusal(apart, refused, came(request, audience), now_at=now_at)
            raise
        await sessions.raised(tx, session, Level.STRONG, token, now_at)
        await members.note_sign_in(tx, session.person_id, now_at)
        async with within(tx, PLATFORM):
            await attempts.forget(tx, counted)
    response = Response(status_code=204)
    leave_cookie(response, session, token)
    return response


@router.post("/v1/auth/logout", status_code=204, **allow(PUBLIC))
async def log_out(request: Request, database: OwnDatabase, gate: OurGate) -> Response:
    """End the sessions of the cookies that came; without one nothing happens."""
    from_our_page(request)
    for token in cookies_of(request.headers.get("cookie", "")).values():
        async with database.transaction(GATE) as tx:
            session = await sign_out(tx, token)
            if session is not None and session.view_id is not None:
                await portal_views.end(tx, session.view_id, wall_now())
    gate.forget_all()
    response = Response(status_code=204)
    take_cookies(request, response)
    return response


@router.get("/v1/me", **allow("organization.read"))
async def read_me(tx: Transaction, caller: Caller) -> Me:
    """Who the caller is, and what they may do here."""
    member = None if caller.read_only else await members.of_person(tx, await person_behind(tx, caller))
    return Me.of(caller, member)
