"""Roles of an organization's own making, and what a member may do by theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from common.http import Stale
from identity.domain.custom_role import CustomRole
from identity.domain.member import Member
from identity.domain.roles import Role, permissions_of
from identity.store.tables import custom_roles, invitations, members


def _of_row(row: Any) -> CustomRole:
    return CustomRole(row.role_id, row.name, frozenset(row.permissions), row.version)


def _values(role: CustomRole) -> dict[str, Any]:
    return {"name": role.name, "permissions": sorted(role.permissions), "version": role.version}


async def add(tx: Tx, organization_id: UUID, role: CustomRole) -> None:
    try:
        row = {"organization_id": organization_id, "role_id": role.id} | _values(role)
        await tx.execute(insert(custom_roles).values(row))
    except IntegrityError as error:
        raise Conflict(f"There is a role {role.name} already.", field="name", remedy="another name") from error


async def get(tx: Tx, role_id: UUID) -> CustomRole:
    row = (await tx.execute(select(custom_roles).where(custom_roles.c.role_id == role_id))).first()
    if row is None:
        raise NotFound(f"There is no role {role_id}.", field="role_id")
    return _of_row(row)


async def save(tx: Tx, role: CustomRole) -> None:
    at_version = (custom_roles.c.role_id == role.id, custom_roles.c.version == role.version - 1)
    if (await tx.execute(update(custom_roles).where(*at_version).values(_values(role)))).rowcount != 1:
        raise Stale("The role was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")


async def remove(tx: Tx, role_id: UUID) -> None:
    """A role that somebody has, or is invited to, stays."""
    holds = or_(exists().where(members.c.role_id == role_id), exists().where(invitations.c.role_id == role_id))
    if (await tx.execute(select(holds))).scalar():
        raise Conflict(
            "Somebody has this role, or is invited to it.",
            field="role_id",
            remedy="give its people another role, and withdraw its invitations, first",
        )
    await tx.execute(delete(custom_roles).where(custom_roles.c.role_id == role_id))


async def every(tx: Tx) -> Sequence[CustomRole]:
    return [_of_row(row) for row in await tx.execute(select(custom_roles).order_by(custom_roles.c.name))]


async def permissions_by(tx: Tx, role: Role, role_id: UUID | None) -> frozenset[str]:
    """What somebody of this role may do now."""
    return (await get(tx, role_id)).permissions if role_id is not None else permissions_of(role)


async def permissions_for(tx: Tx, member: Member) -> frozenset[str]:
    return await permissions_by(tx, member.role, member.role_id)
