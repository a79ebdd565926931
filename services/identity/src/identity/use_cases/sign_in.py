"""Sign in: short transactions with the slow look at the password between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.host import PLATFORM
from identity.domain.member import Member
from identity.domain.sessions import ABSOLUTE, Audience, Level, Session
from identity.domain.throttling import BY_ADDRESS, BY_PERSON
from identity.store import attempts, credentials, customers, factors, members, sessions
from identity.store.tenancy import act_as, at_gate, enter, organization_of, within


@dataclass(frozen=True, slots=True)
class From:
    """Where a sign-in comes from: the peer's address, what the browser calls itself, by which door, with what shown.

    `asks_for` a mailed link: such wishes are counted apart, so that they lock nobody out.
    """

    address: str
    agent: str
    audience: Audience
    level: Level = Level.PASSWORD
    asks_for: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may be signing in. Without a member the same work is done and the same answer given."""

    organization_id: UUID
    person_key: bytes
    address_key: bytes
    member: Member | None
    password_hash: str | None
    wait_until: datetime | None


@dataclass(frozen=True, slots=True)
class Entered:
    """A fresh session, and which second factors it still waits for (none: it is open)."""

    session: Session
    still: list[str]


async def find_candidate(tx: Tx, slug: str | None, email: str, came: From, *, now_at: datetime) -> Candidate:
    """At the gate: which organization, not too many attempts, and whether there is such a member. Never refuses."""
    known = PLATFORM if slug is None else await organization_of(tx, slug)
    organization_id = known or PLATFORM
    person_key, address_key = keys_of(slug, email, came)
    await enter(tx, PLATFORM)
    wait_until = await attempts.reserve(tx, PLATFORM, address_key, BY_ADDRESS, now_at)
    wait_until = wait_until or await attempts.reserve(tx, PLATFORM, person_key, BY_PERSON, now_at)
    await enter(tx, organization_id)
    member = await members.of_email(tx, email)
    if known is None or (member is not None and not await may_enter(tx, member, came.audience)):
        member = None
    async with within(tx, member.home_id if member else PLATFORM):
        hashed = await members.password_hash(tx, member.person_id if member else PLATFORM)
    return Candidate(organization_id, person_key, address_key, member, hashed if member else None, wait_until)


def keys_of(slug: str | None, email: str, came: From) -> tuple[bytes, bytes]:
    """By what attempts are counted: the person as named, and the address."""
    return credentials.digest(f"{came.asks_for}{slug}|{email}"), credentials.digest(f"from|{came.address}")


async def may_enter(tx: Tx, member: Member, audience: Audience) -> bool:
    """The host's people by the host's door, a customer's people by the portal, as long as it is open to them."""
    if member.customer_id is None:
        return audience is Audience.HOST
    return audience is Audience.PORTAL and bool(await customers.is_open(tx, member.customer_id))


async def open_session(
    tx: Tx, candidate: Candidate, came: From, tokens: tuple[str, str | None], *, now_at: datetime
) -> Entered:
    """At the gate again, the password being right: a fresh session; the one that the browser came with ends."""
    assert candidate.member is not None
    await enter(tx, PLATFORM)
    await attempts.give_back(tx, candidate.address_key)  # in the order in which they were counted: no deadlock
    await attempts.forget(tx, candidate.person_key)
    await enter(tx, candidate.organization_id)
    return await begin(tx, candidate.organization_id, candidate.member, came, tokens, now_at=now_at)


async def begin(
    tx: Tx, organization_id: UUID, member: Member, came: From, tokens: tuple[str, str | None], *, now_at: datetime
) -> Entered:
    """In the organization: the session, pending where the person has a second factor still to show."""
    token, old_token = tokens
    await _end_former(tx, old_token)
    still: list[str] = []
    if came.level is Level.PASSWORD:
        async with within(tx, member.home_id):
            still = await factors.kinds(tx, member.person_id)
    await sessions.end_before(tx, now_at - ABSOLUTE - timedelta(days=1))
    await act_as(tx, member.person_id, came.address)
    session = Session(
        new_id(), organization_id, member.person_id, came.audience, Level.PENDING if still else came.level,
        now_at, now_at, now_at, address=came.address, agent=came.agent[:200],
    )  # fmt: skip
    await sessions.add(tx, session, token)
    if not still:
        await members.note_sign_in(tx, member.person_id, now_at)
    return Entered(session, still)


async def _end_former(tx: Tx, old_token: str | None) -> None:
    former = await session_anywhere(tx, old_token) if old_token else None
    if former is not None:
        async with within(tx, former.organization_id):
            await sessions.end(tx, former.id)


async def session_anywhere(tx: Tx, token: str) -> Session | None:
    """The session of a cookie, whose organization may be another one than the transaction's."""
    async with at_gate(tx):
        return await sessions.of_token(tx, token)


async def sign_out(tx: Tx, token: str) -> Session | None:
    """At the gate: end the session; one that is none already is as good."""
    session = await sessions.of_token(tx, token)
    if session is not None:
        await enter(tx, session.organization_id)
        await act_as(tx, session.person_id, session.address or "")
        await sessions.end(tx, session.id)
    return session
