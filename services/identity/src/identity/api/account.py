"""`/v1/account`: a person's own sign-ins and password. Nothing of it is kept for replay."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.db import Tx
from common.errors import Forbidden, NotFound
from common.http import Body, Caller, OwnDatabase, Transaction, allow, new_router
from identity.api.access import OurAccess, OurGate, Passwords, leave_cookie, new_token, own_session, too_often
from identity.api.auth import refusal
from identity.domain.host import PLATFORM
from identity.domain.letters import access_changed
from identity.domain.member import Member
from identity.domain.sessions import Audience, Session
from identity.domain.throttling import BY_PERSON
from identity.store import attempts, email_changes, factors, hosts, members, sessions
from identity.store.credentials import digest
from identity.store.tenancy import within
from identity.use_cases.post_mail import post_mail
from identity.use_cases.second_factors import show_code
from identity.use_cases.sign_out_everywhere import sign_out_everywhere

router = new_router("account")


class ShowAgain(Forbidden):
    """It is too long ago that the person showed who they are."""

    code = "step_up_required"


class AccountAnswer(BaseModel):
    """Who is signed in, and what they show to prove it."""

    person_id: UUID
    email: str
    name: str
    has_password: bool
    second_factors: list[str]
    must_set_up_second_factor: bool
    new_email: str | None = Field(
        description="An address that waits to be confirmed by the link that was mailed there."
    )


class SessionAnswer(BaseModel):
    """One of the person's sign-ins. Instants are real time."""

    id: UUID
    is_this_one: bool
    audience: Audience
    address: str | None
    agent: str | None
    started_at: datetime
    seen_at: datetime


class SessionList(BaseModel):
    items: list[SessionAnswer]


class PasswordChange(Body):
    """`current` is left out where there is none yet."""

    current: str | None = Field(None, max_length=1024)
    new: str = Field(max_length=1024)


class Proof(Body):
    """Who you are, once more: the password, or a code."""

    password: str | None = Field(None, max_length=1024)
    code: str | None = Field(None, max_length=40)


async def own_place(tx: Tx, request: Request, caller: Caller) -> tuple[Session, Member]:
    session = await own_session(request, tx, caller)
    async with within(tx, session.organization_id):
        member = await members.of_person(tx, session.person_id)
    if member is None:
        raise refusal()
    return session, member


def check_fresh(session: Session) -> None:
    """What changes how a person gets in is done minutes after they showed who they are."""
    if not session.is_fresh(wall_now()):
        raise ShowAgain("Before this comes: step up.", remedy="show again who you are: POST /v1/account/confirm")


async def tell(tx: Tx, member: Member, what: str, access: OurAccess) -> None:
    """The person hears by mail of what changed in how they get in; the platform's people have no host to write as."""
    if member.home_id != PLATFORM:
        host = await hosts.get(tx, member.home_id)
        await post_mail(tx, host.id, access_changed(member.email, host, what), access.sealing, now_at=wall_now())


@router.get("/v1/account", **allow("account.read"))
async def read(tx: Transaction, caller: Caller, request: Request) -> AccountAnswer:
    """The person who is signed in."""
    _, member = await own_place(tx, request, caller)
    async with within(tx, member.home_id):
        has_password = await members.password_hash(tx, member.person_id) is not None
        kinds = await factors.kinds(tx, member.person_id)
        new_email = await email_changes.wanted(tx, member.person_id, wall_now())
    return AccountAnswer(
        person_id=member.person_id, email=member.email, name=member.name, has_password=has_password,
        second_factors=kinds, must_set_up_second_factor=member.customer_id is None and not kinds,
        new_email=new_email,
    )  # fmt: skip


@router.get("/v1/account/sessions", **allow("account.read"))
async def list_sessions(tx: Transaction, caller: Caller, request: Request) -> SessionList:
    """Where the person is signed in (here, in this organization)."""
    session, member = await own_place(tx, request, caller)
    async with within(tx, session.organization_id):
        found = await sessions.of_person(tx, member.person_id)
    fields = ("id", "audience", "address", "agent", "started_at", "seen_at")
    shown: list[dict[str, Any]] = [{name: getattr(one, name) for name in fields} for one in found]
    return SessionList(items=[SessionAnswer(is_this_one=row["id"] == session.id, **row) for row in shown])


@router.delete("/v1/account/sessions/{session_id}", status_code=204, **allow("account.write", transaction=False))
async def end_one(request: Request, database: OwnDatabase, caller: Caller, gate: OurGate, session_id: UUID) -> Response:
    """End one of the person's own sign-ins."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        async with within(tx, session.organization_id):
            mine = {one.id for one in await sessions.of_person(tx, member.person_id)}
            if session_id not in mine:
                raise NotFound(f"There is no session {session_id} of yours.", field="session_id")
            await sessions.end(tx, session_id)
    gate.forget_all()
    return Response(status_code=204)


@router.post("/v1/account/sessions/end-all", status_code=204, **allow("account.write", transaction=False))
async def end_all(request: Request, database: OwnDatabase, caller: Caller, gate: OurGate) -> Response:
    """Sign out everywhere: here, and in every other organization of the same account."""
    async with database.transaction(caller.tenant) as tx:
        session, _ = await own_place(tx, request, caller)
        await sign_out_everywhere(tx, session.person_id)
    gate.forget_all()
    return Response(status_code=204)


@router.post("/v1/account/password", status_code=204, **allow("account.write", transaction=False))
async def change_password(
    request: Request, database: OwnDatabase, caller: Caller, passwords: Passwords, access: OurAccess,
    body: PasswordChange,
) -> Response:  # fmt: skip
    """Choose another password; the person's other sessions end, and they hear of it by mail."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        wait_until = await _counted(tx, member)
        async with within(tx, member.home_id):
            current = await members.password_hash(tx, member.person_id)
        names = await hosts.names(tx, session.organization_id)
    if wait_until is not None:
        return too_often(wait_until, wall_now())
    if current is not None and not await passwords.matches(body.current or "", current):
        raise refusal()
    hashed = await passwords.hash(passwords.checked(body.new, member.email, member.name, *names, field="new"))
    async with database.transaction(caller.tenant) as tx:
        async with within(tx, member.home_id):
            await members.set_password_hash(tx, member.person_id, hashed)
        await sign_out_everywhere(tx, member.person_id, but=session.id)
        await tell(tx, member, "your password was changed", access)
    access.gate.forget_all()
    return Response(status_code=204)


async def _counted(tx: Tx, member: Member) -> datetime | None:
    """Guesses of somebody who has taken over a browser count like those at the door."""
    async with within(tx, PLATFORM):
        counted = digest(f"code|{member.person_id}")
        return await attempts.reserve(tx, PLATFORM, counted, BY_PERSON, wall_now())


@router.post("/v1/account/confirm", status_code=204, **allow("account.write", transaction=False))
async def confirm(
    request: Request, database: OwnDatabase, caller: Caller, passwords: Passwords, access: OurAccess, body: Proof
) -> Response:
    """Show again who you are, before something dangerous; the session goes on under a fresh cookie."""
    now_at, token = wall_now(), new_token()
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        wait_until = await _counted(tx, member)
        async with within(tx, member.home_id):
            current = await members.password_hash(tx, member.person_id)
            kinds = await factors.kinds(tx, member.person_id)
    if wait_until is not None:
        return too_often(wait_until, now_at)
    if body.code is None and ("totp" in kinds or not await passwords.matches(body.password or "", current)):
        raise refusal()
    async with database.transaction(caller.tenant) as tx:
        if body.code is not None:
            await show_code(tx, member, body.code, access.sealing, now_at=now_at)
        async with within(tx, session.organization_id):
            await sessions.raised(tx, session, session.level, token, now_at)
        async with within(tx, PLATFORM):
            await attempts.forget(tx, digest(f"code|{member.person_id}"))
    response = Response(status_code=204)
    access.gate.forget_all()
    leave_cookie(response, session, token)
    return response
