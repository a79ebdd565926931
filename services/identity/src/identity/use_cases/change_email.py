"""A person goes by another address: it counts once a link that was mailed there was used; the old one hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from common.outbox import publish
from events.identity import MemberChanged
from identity.domain.host import PLATFORM
from identity.domain.invitation import InvitationOver
from identity.domain.letters import access_changed, new_address
from identity.domain.links import LIFETIME, Purpose
from identity.domain.member import Member
from identity.domain.sessions import Audience
from identity.gateways.sealing import Sealing
from identity.store import email_changes, hosts, links, members
from identity.store.tenancy import act_as
from identity.use_cases.invite import page_link
from identity.use_cases.post_mail import post_mail
from identity.use_cases.sign_out_everywhere import sign_out_everywhere


async def ask_for_email(
    tx: Tx, member: Member, email: str, pages: tuple[str, str], sealing: Sealing, *, now_at: datetime
) -> None:
    """Mails a link to the new address and a word to the old one. One that is taken gets no link, which nobody learns.

    `pages` are our address and the fresh token.
    """
    if member.home_id == PLATFORM:
        raise Conflict("The platform keeps this account.", remedy="the bootstrap command, with the new address")
    if email == member.email:
        raise Conflict("This is your address already.", field="email", remedy="another one")
    host = await hosts.get(tx, member.home_id)
    await links.end(tx, Purpose.EMAIL, member.person_id)
    await email_changes.put(tx, host.id, member.person_id, email, (now_at, now_at + LIFETIME[Purpose.EMAIL]))
    if await members.of_email(tx, email) is None:
        public_url, token = pages
        await links.make(tx, host.id, Purpose.EMAIL, member.person_id, token=token, now_at=now_at)
        audience = Audience.HOST if member.customer_id is None else Audience.PORTAL
        link = page_link(public_url, host, audience, Purpose.EMAIL, token)
        await post_mail(tx, host.id, new_address(email, host, link), sealing, now_at=now_at)
    asked = "somebody asked to change your address; it stays until the new one is confirmed"
    await post_mail(tx, host.id, access_changed(member.email, host, asked), sealing, now_at=now_at)


async def confirm_email(tx: Tx, token: str, address: str, sealing: Sealing, *, now_at: datetime) -> UUID:
    """At the gate: the new address counts; every session ends, and links to the old address. Answers whose it is."""
    over = InvitationOver("This link opens nothing (any more).", field="token", remedy="ask for a fresh one")
    found = await links.use(tx, Purpose.EMAIL, token, now_at=now_at)
    member = await members.of_person(tx, found[1]) if found else None
    email = await email_changes.take(tx, member.person_id) if member else None
    if found is None or member is None or email is None:
        raise over
    await act_as(tx, member.person_id, address)
    changed = replace(member, email=email, version=member.version + 1)
    if not await members.set_email(tx, changed):
        raise over
    for purpose in (Purpose.SIGN_IN, Purpose.RESET):
        await links.end(tx, purpose, member.person_id)
    host, at = await hosts.get(tx, found[0]), await hosts.now_at(tx, found[0])
    letter = access_changed(member.email, host, f"your address was changed to {email}")
    await post_mail(tx, host.id, letter, sealing, now_at=now_at)
    await publish(tx, host.id, MemberChanged(**changed.told), at=at, source="identity")
    await sign_out_everywhere(tx, member.person_id)
    return member.person_id
