"""Invitations to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from common.listing import Listing, Page
from identity.domain.invitation import Invitation
from identity.domain.roles import Role
from identity.store.tables import invitations

_REFUSED = ("mail_refused_at", "mail_refusal")
_FIELDS = ("email", "role", "role_id", "customer_id", "invited_by", "made_at", "ends_at", *_REFUSED)


def _of_row(row: Any) -> Invitation:
    values = {name: getattr(row, name) for name in _FIELDS} | {"role": Role(row.role)}
    return Invitation(id=row.invitation_id, **values)


async def add(tx: Tx, organization_id: UUID, invitation: Invitation) -> None:
    values = {name: getattr(invitation, name) for name in _FIELDS}
    try:
        await tx.execute(
            insert(invitations).values(organization_id=organization_id, invitation_id=invitation.id, **values)
        )
    except IntegrityError as error:
        raise Conflict(
            f"{invitation.email} is invited already.", field="email", remedy="renew or delete that invitation"
        ) from error


async def get(tx: Tx, invitation_id: UUID, *, for_change: bool = False) -> Invitation:
    query = select(invitations).where(invitations.c.invitation_id == invitation_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no invitation {invitation_id}.", field="invitation_id")
    return _of_row(row)


async def of_email(tx: Tx, email: str) -> Invitation | None:
    row = (await tx.execute(select(invitations).where(invitations.c.email == email))).first()
    return _of_row(row) if row else None


async def prolong(tx: Tx, invitation: Invitation) -> None:
    found = invitations.c.invitation_id == invitation.id
    values = {name: getattr(invitation, name) for name in ("invited_by", "ends_at", *_REFUSED)}
    await tx.execute(update(invitations).where(found).values(**values))


async def note_refused(tx: Tx, invitation_id: UUID, reason: str, now_at: datetime) -> None:
    """The mail server will not take the invitation's mail; one that is over by now stays as it is."""
    found = invitations.c.invitation_id == invitation_id
    await tx.execute(update(invitations).where(found).values(mail_refused_at=now_at, mail_refusal=reason))


async def remove(tx: Tx, invitation_id: UUID) -> None:
    await tx.execute(delete(invitations).where(invitations.c.invitation_id == invitation_id))


_I = invitations.c
LISTING = Listing(
    key=[_I.invitation_id],
    sorts={"made_at": _I.made_at, "ends_at": _I.ends_at, "email": _I.email, "role": _I.role},
    filters={
        "customer_id": _I.customer_id.__eq__,
        "role": _I.role.in_,
        "state": lambda state: _I.ends_at > func.now() if state == "open" else _I.ends_at <= func.now(),
        "q": lambda text: _I.email.icontains(text, autoescape=True),
    },
    usual="made_at",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Invitation]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(invitations), wanted)]
