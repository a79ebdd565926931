"""`/v1/roles`: roles of the organization's own making, beside those in code."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from common.db import new_id
from common.http import Body, Caller, IfMatch, OwnDatabase, Stale, Transaction, allow, etag, new_router
from identity.api.access import OurGate
from identity.domain.custom_role import CustomRole
from identity.domain.roles import FOUR_EYES, HOST_PERMISSIONS, Role, check_grant, known_permissions, permissions_of
from identity.store import custom_roles

router = new_router("roles")


class RoleFields(Body):
    """A name, and what its people may do."""

    name: str = Field(min_length=1, max_length=60, examples=["Billing clerk"])
    permissions: list[str] = Field(min_length=1, max_length=200, examples=[["invoices.read", "payments.read"]])


class RoleAnswer(BaseModel):
    """`id` is absent for the roles in code, which nobody changes."""

    id: UUID | None
    name: str
    permissions: list[str]
    version: int | None

    @classmethod
    def of(cls, role: CustomRole) -> RoleAnswer:
        return cls(id=role.id, name=role.name, permissions=sorted(role.permissions), version=role.version)


class RoleList(BaseModel):
    """All roles, and the permissions there are to choose from."""

    items: list[RoleAnswer]
    permissions: list[str]
    four_eyes: dict[str, str]


@router.get("/v1/roles", **allow("roles.read"))
async def list_roles(tx: Transaction) -> RoleList:
    """The roles in code, then the organization's own."""
    in_code = [role for role in Role if role not in (Role.PLATFORM, Role.CUSTOM)]
    shown = [RoleAnswer(id=None, name=r, permissions=sorted(permissions_of(r)), version=None) for r in in_code]
    shown += [RoleAnswer.of(role) for role in await custom_roles.every(tx)]
    return RoleList(items=shown, permissions=sorted(HOST_PERMISSIONS), four_eyes=FOUR_EYES)


@router.post("/v1/roles", status_code=201, **allow("roles.write"))
async def add(tx: Transaction, caller: Caller, body: RoleFields, response: Response) -> RoleAnswer:
    """Make a role of permissions that the caller holds."""
    role = CustomRole(new_id(), body.name, known_permissions(body.permissions))
    check_grant(caller.permissions, role.permissions)
    await custom_roles.add(tx, caller.organization_id, role)
    response.headers.update(etag(role.version))
    return RoleAnswer.of(role)


@router.put("/v1/roles/{role_id}", **allow("roles.write", transaction=False))
async def change(
    database: OwnDatabase, caller: Caller, gate: OurGate, role_id: UUID, body: RoleFields, version: IfMatch
) -> RoleAnswer:
    """Change a role for all who have it, at once."""
    async with database.transaction(caller.tenant) as tx:
        former = await custom_roles.get(tx, role_id)
        if former.version != version:
            raise Stale("The role was changed meanwhile.", field="If-Match", remedy="read it again")
        role = CustomRole(role_id, body.name, known_permissions(body.permissions), version + 1)
        check_grant(caller.permissions, former.permissions | role.permissions)
        await custom_roles.save(tx, role)
    gate.forget_all()
    return RoleAnswer.of(role)


@router.delete("/v1/roles/{role_id}", status_code=204, **allow("roles.write"))
async def remove(tx: Transaction, role_id: UUID) -> Response:
    """Remove a role that nobody has."""
    await custom_roles.get(tx, role_id)
    await custom_roles.remove(tx, role_id)
    return Response(status_code=204)
