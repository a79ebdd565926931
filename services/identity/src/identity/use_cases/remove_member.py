"""End a membership at once, with the sessions and keys that lived by it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import Conflict
from common.outbox import publish
from events.identity import MemberRemoved
from identity.domain.roles import Role, check_grant
from identity.store import members
from identity.store.custom_roles import permissions_for


async def remove_member(tx: Tx, caller: Principal, member_id: UUID, *, at: datetime) -> None:
    """The owner stays; nobody removes a person who may do more than they may."""
    member = await members.get(tx, member_id)
    check_grant(caller.permissions, await permissions_for(tx, member))
    if member.role is Role.OWNER:
        raise Conflict("An organization keeps its owner.", field="member_id", remedy="transfer the ownership first")
    await members.remove(tx, member)
    removed = MemberRemoved(member_id=member.id, customer_id=member.customer_id)
    await publish(tx, caller.organization_id, removed, at=at, source="identity")
