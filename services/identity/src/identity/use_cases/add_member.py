"""Give a person a place in the organization, or in the team of one of its customers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx
from common.errors import NotFound
from common.outbox import publish
from events.identity import MemberJoined
from identity.domain.member import Member
from identity.domain.roles import Role, check_appointment, check_grant
from identity.store import customers, members
from identity.store.custom_roles import permissions_by


async def check_place(tx: Tx, caller: Principal, role: Role, role_id: UUID | None, customer_id: UUID | None) -> None:
    """Portal callers add to their own customer's team alone; nobody grants more than they have."""
    check_grant(caller.permissions, await permissions_by(tx, role, role_id))
    check_appointment(role, for_customer=customer_id is not None, is_custom=role_id is not None)
    if customer_id is not None and await customers.is_open(tx, customer_id) is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")


async def add_member(tx: Tx, caller: Principal, member: Member, password_hash: str | None, *, at: datetime) -> Member:
    """By hand, with a password that the person will change; an invitation is the better way."""
    await check_place(tx, caller, member.role, member.role_id, member.customer_id)
    return await join(tx, caller.organization_id, member, password_hash, at=at)


async def join(tx: Tx, organization_id: UUID, member: Member, password_hash: str | None, *, at: datetime) -> Member:
    """The place itself, and the fact."""
    await members.add(tx, organization_id, member, password_hash)
    await publish(tx, organization_id, MemberJoined(**member.told), at=at, source="identity")
    return member
