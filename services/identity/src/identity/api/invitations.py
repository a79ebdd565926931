"""`/v1/invitations`: offer a place to an address; the link goes by mail, and is shown once to be copied."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from common.auth import Principal
from common.clock import wall_now
from common.http import Body, Caller, OwnDatabase, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from identity.api.access import OurAccess, new_token
from identity.domain.invitation import Invitation
from identity.domain.links import LIFETIME, Purpose
from identity.domain.roles import Role
from identity.domain.texts import checked_email
from identity.store import hosts, invitations
from identity.use_cases.add_member import check_place
from identity.use_cases.invite import invite, send_link, withdraw
from identity.use_cases.person_behind import person_behind

router = new_router("invitations")


class NewInvitation(Body):
    """Whom to invite, as what; roles that begin with `customer_` need the customer whose team it is."""

    email: str = Field(max_length=254, examples=["ops@alpha.example"])
    role: Role
    role_id: UUID | None = Field(None, description="With role `custom`: which one.")
    customer_id: UUID | None = None


class InvitationAnswer(BaseModel):
    """An invitation as listed; the link is in no list."""

    id: UUID
    email: str
    role: Role
    role_id: UUID | None
    customer_id: UUID | None
    made_at: datetime
    ends_at: datetime
    mail_refused_at: datetime | None
    mail_refusal: str | None = Field(description="What the mail server said when it refused the mail for good.")

    @classmethod
    def of(cls, invitation: Invitation) -> InvitationAnswer:
        return cls(**{name: getattr(invitation, name) for name in InvitationAnswer.model_fields})


class InvitationMade(InvitationAnswer):
    """A fresh invitation with its link, this once."""

    link: str


class Filter(BaseModel):
    """Which invitations; those that are `over` no longer open anything. `q` is looked for in addresses."""

    state: Literal["open", "over"] | None = None
    customer_id: UUID | None = None
    role: list[Role] | None = Query(None, max_length=20)
    q: str | None = Query(None, min_length=1, max_length=100)


class InvitationList(BaseModel):
    items: list[InvitationAnswer]
    next: str | None


def _id_of(caller: Principal, idempotency_key: str) -> UUID:
    """The usual replay would keep the answer, and with it the link; so the id is what recurs: again is a 409."""
    return UUID(bytes=hashlib.sha256(f"{caller.subject}|invite|{idempotency_key}".encode()).digest()[:16])


@router.post("/v1/invitations", status_code=201, **allow("members.write", transaction=False))
async def make(
    request: Request, database: OwnDatabase, caller: Caller, access: OurAccess, body: NewInvitation
) -> InvitationMade:
    """Invite an address, for seven days. Repeating the call with the same Idempotency-Key is a 409."""
    now_at, customer_id = wall_now(), body.customer_id or caller.customer_id
    async with database.transaction(caller.tenant) as tx:
        invitation = Invitation(
            _id_of(caller, request.headers["Idempotency-Key"]), checked_email(body.email), body.role,
            await person_behind(tx, caller), now_at, now_at + LIFETIME[Purpose.INVITATION], body.role_id, customer_id,
        )  # fmt: skip
        await invite(tx, caller, invitation)
        host = await hosts.get(tx, caller.organization_id)
        pages = access.public_url, new_token()
        link = await send_link(tx, host, invitation, pages, access.sealing, now_at=now_at)
    return InvitationMade(**InvitationAnswer.of(invitation).model_dump(), link=link)


@router.post("/v1/invitations/{invitation_id}/renew", **allow("members.write", transaction=False))
async def renew(database: OwnDatabase, caller: Caller, access: OurAccess, invitation_id: UUID) -> InvitationMade:
    """Seven more days, by a fresh link; the one before opens nothing from now on."""
    now_at = wall_now()
    async with database.transaction(caller.tenant) as tx:
        former, by = await invitations.get(tx, invitation_id, for_change=True), await person_behind(tx, caller)
        invitation = former.renewed(by, now_at)
        await check_place(tx, caller, invitation.role, invitation.role_id, invitation.customer_id)
        await invitations.prolong(tx, invitation)
        host = await hosts.get(tx, caller.organization_id)
        pages = access.public_url, new_token()
        link = await send_link(tx, host, invitation, pages, access.sealing, now_at=now_at)
    return InvitationMade(**InvitationAnswer.of(invitation).model_dump(), link=link)


@router.get("/v1/invitations", **allow("members.read"))
async def list_invitations(
    tx: Transaction, page: Annotated[Page, paged(invitations.LISTING)], wanted: Annotated[Filter, Query()]
) -> InvitationList:
    """Who is invited and has not come yet; customers' people see their own team's."""
    found = await invitations.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [InvitationAnswer.of(one).model_dump() for one in found]
    return InvitationList(**page_of(rows, page))


@router.delete("/v1/invitations/{invitation_id}", status_code=204, **allow("members.write"))
async def end(tx: Transaction, invitation_id: UUID) -> Response:
    """Withdraw an invitation; its link opens nothing from now on."""
    await withdraw(tx, invitation_id)
    return Response(status_code=204)
