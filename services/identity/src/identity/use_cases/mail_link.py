"""Links by mail for people who are known here: to sign in, or to choose a new password. Nobody learns who is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx
from identity.domain.host import PLATFORM
from identity.domain.letters import reset_link, sign_in_link
from identity.domain.links import Purpose
from identity.domain.sessions import Audience
from identity.gateways.sealing import Sealing
from identity.store import hosts, invitations, links
from identity.use_cases.invite import page_link, send_link
from identity.use_cases.post_mail import post_mail
from identity.use_cases.sign_in import Candidate

_LETTERS = {Purpose.SIGN_IN: sign_in_link, Purpose.RESET: reset_link}


async def mail_link(
    tx: Tx, candidate: Candidate, purpose: Purpose, pages: tuple[str, str, Audience], sealing: Sealing, *,
    now_at: datetime,
) -> None:  # fmt: skip
    """In the organization that was named; where nobody is found nothing is sent, and the caller hears the same."""
    public_url, token, audience = pages
    member = candidate.member
    if member is None or candidate.organization_id == PLATFORM:
        return
    host = await hosts.get(tx, candidate.organization_id)
    await links.make(tx, host.id, purpose, member.person_id, token=token, now_at=now_at)
    link = page_link(public_url, host, audience, purpose, token)
    await post_mail(tx, host.id, _LETTERS[purpose](member.email, host, link), sealing, now_at=now_at)


async def mail_invitation_again(
    tx: Tx, organization_id: UUID, email: str, pages: tuple[str, str], sealing: Sealing, *, now_at: datetime
) -> None:
    """Somebody signs up: whoever is invited gets the link once more, and so proves the address (CM-13)."""
    invitation = await invitations.of_email(tx, email)
    if invitation is not None and invitation.ends_at > now_at:
        await send_link(tx, await hosts.get(tx, organization_id), invitation, pages, sealing, now_at=now_at)
