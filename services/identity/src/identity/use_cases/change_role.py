"""Give a member another role, or the organization another owner. Whoever's rights change signs in anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import Conflict
from common.http import Stale
from common.outbox import publish
from events.identity import MemberChanged
from identity.domain.member import Member
from identity.domain.roles import Role, check_appointment, check_grant
from identity.store import members, sessions
from identity.store.custom_roles import permissions_by, permissions_for
from identity.use_cases.person_behind import person_behind


async def change_role(
    tx: Tx, caller: Principal, member_id: UUID, wanted: tuple[Role, UUID | None], *, version: int, at: datetime
) -> Member:
    """Both the old and the new role lie within what the caller may do."""
    member, (role, role_id) = await members.get(tx, member_id), wanted
    if member.version != version:
        raise Stale("The member was changed meanwhile.", field="If-Match", remedy="read it again")
    if member.role is Role.OWNER:
        raise Conflict("The owner stays owner.", field="role", remedy="transfer the ownership first")
    check_appointment(role, for_customer=member.customer_id is not None, is_custom=role_id is not None)
    check_grant(caller.permissions, await permissions_for(tx, member))
    check_grant(caller.permissions, await permissions_by(tx, role, role_id))
    return await _given(tx, caller.organization_id, member, (role, role_id), at=at)


async def transfer_ownership(tx: Tx, caller: Principal, member_id: UUID, *, at: datetime) -> Member:
    """The one owner hands the organization to another of its people and goes on as administrator (B8)."""
    owner, heir = await members.owner(tx), await members.get(tx, member_id)
    if owner.person_id != await person_behind(tx, caller):
        raise Conflict("Only the owner hands on the ownership.", remedy="sign in as the owner")
    if heir.id == owner.id or heir.customer_id is not None:
        raise Conflict("This person cannot become owner.", field="member_id", remedy="another of the host's own people")
    await _given(tx, caller.organization_id, owner, (Role.ADMIN, None), at=at)
    return await _given(tx, caller.organization_id, heir, (Role.OWNER, None), at=at)


async def _given(
    tx: Tx, organization_id: UUID, member: Member, wanted: tuple[Role, UUID | None], *, at: datetime
) -> Member:
    changed = replace(member, role=wanted[0], role_id=wanted[1], version=member.version + 1)
    await members.set_role(tx, changed)
    await sessions.end_of_person(tx, member.person_id)
    await publish(tx, organization_id, MemberChanged(**changed.told), at=at, source="identity")
    return changed
