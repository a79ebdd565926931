"""Invitations to rows and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from identity.domain.invitation import Invitation
from identity.domain.roles import Role
from identity.store.tables import invitations

_FIELDS = ("email", "role", "role_id", "customer_id", "invited_by", "made_at", "ends_at")


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
    await tx.execute(update(invitations).where(found).values(ends_at=invitation.ends_at))


async def remove(tx: Tx, invitation_id: UUID) -> None:
    await tx.execute(delete(invitations).where(invitations.c.invitation_id == invitation_id))


async def after(tx: Tx, cursor: str | None, limit: int) -> Sequence[Invitation]:
    query = select(invitations).order_by(invitations.c.invitation_id).limit(limit + 1)
    if cursor is not None:
        query = query.where(invitations.c.invitation_id > UUID(cursor))
    return [_of_row(row) for row in await tx.execute(query)]
