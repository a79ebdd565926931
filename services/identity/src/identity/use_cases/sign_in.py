"""Sign in: two short transactions with the slow look at the password between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.host import PLATFORM
from identity.domain.member import Member
from identity.domain.sessions import ABSOLUTE, Session
from identity.domain.throttling import BY_ADDRESS, BY_PERSON
from identity.store import attempts, credentials, customers, members
from identity.store.tenancy import enter, organization_of, within


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may be signing in. Without a member the same work is done and the same answer given."""

    organization_id: UUID
    person_key: bytes
    address_key: bytes
    member: Member | None
    password_hash: str | None
    wait_until: datetime | None


async def find_candidate(tx: Tx, slug: str | None, email: str, address: str, *, now_at: datetime) -> Candidate:
    """At the gate: which organization, not too many attempts, and whether there is such a member. Never refuses."""
    known = PLATFORM if slug is None else await organization_of(tx, slug)
    organization_id = known or PLATFORM
    person_key, address_key = credentials.digest(f"{slug}|{email}"), credentials.digest(f"from|{address}")
    await enter(tx, PLATFORM)
    wait_until = await attempts.reserve(tx, PLATFORM, address_key, BY_ADDRESS, now_at)
    wait_until = wait_until or await attempts.reserve(tx, PLATFORM, person_key, BY_PERSON, now_at)
    await enter(tx, organization_id)
    member = await members.of_email(tx, email)
    if known is None or (member and member.customer_id and not await customers.is_open(tx, member.customer_id)):
        member = None
    async with within(tx, member.home_id if member else PLATFORM):
        hashed = await members.password_hash(tx, member.person_id if member else PLATFORM)
    return Candidate(organization_id, person_key, address_key, member, hashed if member else None, wait_until)


async def open_session(tx: Tx, candidate: Candidate, token: str, old_token: str | None, *, now_at: datetime) -> Session:
    """At the gate again, the password being right: a fresh session; the one that the browser came with ends."""
    assert candidate.member is not None
    before = await credentials.session_of(tx, old_token) if old_token else None
    if before is not None:
        await enter(tx, before.organization_id)
        await credentials.end_session(tx, before.id)
    await enter(tx, PLATFORM)
    await attempts.forget(tx, candidate.person_key)
    await attempts.give_back(tx, candidate.address_key)
    await enter(tx, candidate.organization_id)
    await credentials.end_sessions_before(tx, now_at - ABSOLUTE - timedelta(days=1))
    session = Session(new_id(), candidate.organization_id, candidate.member.person_id, now_at, now_at)
    await credentials.add_session(tx, session, token)
    return session


async def sign_out(tx: Tx, token: str) -> None:
    """At the gate: end the session; one that is none already is as good."""
    session = await credentials.session_of(tx, token)
    if session is not None:
        await enter(tx, session.organization_id)
        await credentials.end_session(tx, session.id)
