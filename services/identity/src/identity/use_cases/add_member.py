"""Give a person a place in the organization, or in the team of one of its customers."""

from __future__ import annotations

from datetime import datetime

from common.auth import Principal
from common.db import Tx
from common.errors import NotFound
from common.outbox import publish
from events.identity import MemberJoined
from identity.domain.member import Member
from identity.domain.roles import check_appointment, check_grant, permissions_of
from identity.store import customers, members


async def add_member(tx: Tx, caller: Principal, member: Member, password_hash: str | None, *, at: datetime) -> Member:
    """Portal callers add to their own customer's team alone; nobody grants more than they have."""
    check_grant(caller.permissions, permissions_of(member.role))
    check_appointment(member.role, for_customer=member.customer_id is not None)
    if member.customer_id is not None and await customers.is_open(tx, member.customer_id) is None:
        raise NotFound(f"There is no customer {member.customer_id}.", field="customer_id")
    await members.add(tx, caller.organization_id, member, password_hash)
    who = {"name": member.name, "email": member.email} if member.customer_id is not None else {}
    joined = MemberJoined(member_id=member.id, role=member.role, customer_id=member.customer_id, **who)
    await publish(tx, caller.organization_id, joined, at=at, source="identity")
    return member
