"""`/v1/auth/...`: links by mail. Asking for one always gets the same answer; using one takes a click (a POST)."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request, Response
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.http import PUBLIC, Body, OwnDatabase, allow, new_router
from identity.api.access import (
    OurAccess,
    OurGate,
    Passwords,
    came,
    from_our_page,
    new_token,
    shown_cookie,
    too_often,
)
from identity.api.auth import entered
from identity.domain.invitation import InvitationOver
from identity.domain.links import Purpose
from identity.domain.sessions import Audience
from identity.domain.texts import checked_email, plain_name
from identity.store import hosts, links, members
from identity.store.tenancy import GATE, act_as, enter, organization_of, within
from identity.use_cases.invite import accept
from identity.use_cases.mail_link import mail_invitation_again, mail_link
from identity.use_cases.sign_in import begin, find_candidate, may_enter
from identity.use_cases.sign_out_everywhere import sign_out_everywhere

router = new_router("sign-in")


class Asking(Body):
    """Who would like a link, and where."""

    email: str = Field(min_length=3, max_length=254, examples=["ops@alpha.example"])
    organization: str = Field(min_length=1, max_length=64, description="The organization's short name.")
    audience: Audience = Audience.HOST


class SigningUp(Body):
    """Who would like to join the portal of a host."""

    email: str = Field(min_length=3, max_length=254, examples=["ops@alpha.example"])
    organization: str = Field(min_length=1, max_length=64, description="The organization's short name.")


class OnItsWay(BaseModel):
    """What everybody hears, whether or not a mail leaves."""

    detail: str = "If this address is known here, a mail is on its way to it."


class Link(Body):
    """The secret part of a link."""

    token: str = Field(max_length=100)


class NewPassword(Link):
    password: str = Field(max_length=1024)


class Accepting(Link):
    """Who takes up an invitation: the address that it was sent to. Without a password they sign in by mailed links."""

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=200)
    password: str | None = Field(None, max_length=1024)


async def _mail(request: Request, database: OwnDatabase, access: OurAccess, body: Asking, purpose: Purpose) -> Response:
    """The same work and the same answer for everybody; the mail itself leaves later."""
    from_our_page(request)
    now_at, slug = wall_now(), body.organization.lower()
    where = replace(came(request, body.audience), asks_for=f"{purpose}|")
    async with database.transaction(GATE) as tx:
        candidate = await find_candidate(tx, slug, body.email.strip().lower(), where, now_at=now_at)
    if candidate.wait_until is not None:
        return too_often(candidate.wait_until, now_at)
    pages = access.public_url, new_token(), body.audience
    async with database.of(candidate.organization_id) as tx:
        await mail_link(tx, candidate, purpose, pages, access.sealing, now_at=now_at)
    return Response(OnItsWay().model_dump_json(), 202, media_type="application/json")


@router.post("/v1/auth/magic-link", status_code=202, response_model=OnItsWay, **allow(PUBLIC))
async def ask_to_sign_in(request: Request, database: OwnDatabase, access: OurAccess, body: Asking) -> Response:
    """Ask for a link that signs in."""
    return await _mail(request, database, access, body, Purpose.SIGN_IN)


@router.post("/v1/auth/password-reset", status_code=202, response_model=OnItsWay, **allow(PUBLIC))
async def ask_to_reset(request: Request, database: OwnDatabase, access: OurAccess, body: Asking) -> Response:
    """Ask for a link with which a new password can be chosen."""
    return await _mail(request, database, access, body, Purpose.RESET)


@router.post("/v1/auth/sign-up", status_code=202, response_model=OnItsWay, **allow(PUBLIC))
async def sign_up(request: Request, database: OwnDatabase, access: OurAccess, body: SigningUp) -> Response:
    """Join a host's portal: who is invited gets the invitation's link once more, who is known a link to sign in."""
    asking = Asking(email=body.email, organization=body.organization, audience=Audience.PORTAL)
    answer = await _mail(request, database, access, asking, Purpose.SIGN_IN)
    if answer.status_code == 202:
        async with database.transaction(GATE) as tx:
            known = await organization_of(tx, body.organization.lower())
            if known is not None:
                await enter(tx, known)
                pages, email = (access.public_url, new_token()), body.email.strip().lower()
                await mail_invitation_again(tx, known, email, pages, access.sealing, now_at=wall_now())
    return answer


def _over() -> InvitationOver:
    return InvitationOver("This link opens nothing (any more).", field="token", remedy="ask for a fresh one")


@router.post("/v1/auth/magic-link/use", **allow(PUBLIC))
async def use_to_sign_in(request: Request, database: OwnDatabase, body: Link) -> Response:
    """Sign in with a mailed link; where there is a second factor, it still comes."""
    from_our_page(request)
    now_at, token = wall_now(), new_token()
    async with database.transaction(GATE) as tx:
        found = await links.use(tx, Purpose.SIGN_IN, body.token, now_at=now_at)
        member = await members.of_person(tx, found[1]) if found else None
        if found is None or member is None:
            raise _over()
        where = came(request, Audience.HOST if member.customer_id is None else Audience.PORTAL)
        if not await may_enter(tx, member, where.audience):
            raise _over()
        old_token = shown_cookie(request, where.audience, found[0])
        made = await begin(tx, found[0], member, where, (token, old_token), now_at=now_at)
    return entered(made, token)


@router.post("/v1/auth/password-reset/use", status_code=204, **allow(PUBLIC))
async def use_to_reset(
    request: Request, database: OwnDatabase, passwords: Passwords, gate: OurGate, body: NewPassword
) -> Response:
    """Choose a new password; every session of the person ends, and they sign in anew."""
    from_our_page(request)
    hashed = await passwords.hash(passwords.checked(body.password))
    async with database.transaction(GATE) as tx:
        found = await links.use(tx, Purpose.RESET, body.token, now_at=wall_now())
        member = await members.of_person(tx, found[1]) if found else None
        if found is None or member is None:
            raise _over()
        passwords.checked(body.password, member.email, member.name, *await hosts.names(tx, found[0]))
        await act_as(tx, member.person_id, came(request, Audience.HOST).address)
        async with within(tx, member.home_id):
            await members.set_password_hash(tx, member.person_id, hashed)
        await sign_out_everywhere(tx, member.person_id)
    gate.forget_all()
    return Response(status_code=204)


@router.post("/v1/auth/invitations/accept", **allow(PUBLIC))
async def accept_invitation(request: Request, database: OwnDatabase, passwords: Passwords, body: Accepting) -> Response:
    """Take up an invitation: the person joins and is signed in (CM-13)."""
    from_our_page(request)
    now_at, token, email = wall_now(), new_token(), checked_email(body.email)
    address = came(request, Audience.HOST).address
    who, hashed = (email, plain_name(body.name, "name", 200), address), None
    if body.password is not None:
        hashed = await passwords.hash(passwords.checked(body.password, email, body.name))
    async with database.transaction(GATE) as tx:
        host, member = await accept(tx, body.token, who, hashed, now_at=now_at)
        if body.password is not None:
            passwords.checked(body.password, *await hosts.names(tx, host.id))
        where = came(request, Audience.HOST if member.customer_id is None else Audience.PORTAL)
        made = await begin(tx, host.id, member, where, (token, None), now_at=now_at)
    return entered(made, token)
