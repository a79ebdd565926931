"""Invite a person, by a link that is theirs alone; and let in whoever comes with it (CM-11..13, CM-26)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx, new_id
from common.errors import Conflict
from identity.domain.host import Host
from identity.domain.invitation import Invitation, InvitationOver
from identity.domain.letters import invitation as letter
from identity.domain.links import Purpose
from identity.domain.member import Member
from identity.domain.sessions import Audience
from identity.gateways.sealing import Sealing
from identity.store import hosts, invitations, links, members
from identity.store.custom_roles import permissions_by, permissions_for
from identity.store.tenancy import act_as
from identity.use_cases.add_member import check_place, join
from identity.use_cases.post_mail import post_mail


async def invite(tx: Tx, caller: Principal, invitation: Invitation) -> None:
    """Nobody is invited to more than the caller may do, nor who is a member already."""
    await check_place(tx, caller, invitation.role, invitation.role_id, invitation.customer_id)
    if await members.of_email(tx, invitation.email) is not None:
        raise Conflict(f"{invitation.email} is a member already.", field="email", remedy="change their role")
    former = await invitations.of_email(tx, invitation.email)
    if former is not None and former.ends_at <= invitation.made_at:
        await invitations.remove(tx, former.id)
    await invitations.add(tx, caller.organization_id, invitation)


async def send_link(
    tx: Tx, host: Host, invitation: Invitation, pages: tuple[str, str], sealing: Sealing, *, now_at: datetime
) -> str:
    """Makes the link, and ends the one before; `pages` are our address and the fresh token. Answers the link."""
    public_url, token = pages
    await links.make(tx, host.id, Purpose.INVITATION, invitation.id, token=token, now_at=now_at)
    link = page_link(public_url, host, invitation.audience, Purpose.INVITATION, token)
    await post_mail(tx, host.id, letter(invitation.email, host, link), sealing, now_at=now_at, about_id=invitation.id)
    return link


def page_link(public_url: str, host: Host, audience: Audience, purpose: Purpose, token: str) -> str:
    """Behind the #, where no server, proxy or mail scanner gets to see it; the page asks for a click."""
    page = "/auth" if audience is Audience.HOST else f"/host/{host.slug}/auth"
    return f"{public_url}{page}#{purpose}={token}"


async def accept(
    tx: Tx, token: str, who: tuple[str, str, str], password_hash: str | None, *, now_at: datetime
) -> tuple[Host, Member]:
    """At the gate: the person (e-mail, name, from where) takes the place that was offered to this very address."""
    email, name, address = who
    found = await links.use(tx, Purpose.INVITATION, token, now_at=now_at)
    over = InvitationOver("This link opens nothing (any more).", field="token", remedy="ask for a fresh invitation")
    if found is None:
        raise over
    organization_id, invitation_id = found
    invitation = await invitations.get(tx, invitation_id, for_change=True)
    if invitation.email != email or invitation.ends_at <= now_at or not await _stands(tx, invitation):
        raise over
    member = Member(
        new_id(), new_id(), organization_id, email, name, invitation.role, invitation.customer_id, invitation.role_id
    )
    await act_as(tx, member.person_id, address)
    await invitations.remove(tx, invitation.id)
    host = await hosts.get(tx, organization_id)
    at = await hosts.now_at(tx, organization_id)
    return host, await join(tx, organization_id, member, password_hash, at=at)


async def _stands(tx: Tx, invitation: Invitation) -> bool:
    """Whether whoever invited is still here, and may still give away as much: nobody comes back by their own letter."""
    by = await members.of_person(tx, invitation.invited_by)
    if by is None:
        return False
    offered = await permissions_by(tx, invitation.role, invitation.role_id)
    return offered <= await permissions_for(tx, by)


async def withdraw(tx: Tx, invitation_id: UUID) -> None:
    """The link opens nothing from now on."""
    await invitations.get(tx, invitation_id)
    await links.end(tx, Purpose.INVITATION, invitation_id)
    await invitations.remove(tx, invitation_id)
