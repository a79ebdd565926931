"""Open an organization; whoever opens it becomes its owner and keeps signing in as before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.outbox import publish
from events.identity import MemberJoined, OrganizationCreated
from identity.domain.host import PLATFORM, Host
from identity.domain.member import Member
from identity.domain.roles import Role
from identity.store import hosts, members
from identity.store.tenancy import within
from identity.use_cases.announce import facts


async def open_organization(tx: Tx, person_id: UUID, host: Host, *, at: datetime) -> Host:
    """The transaction stands in the platform; the new rows are the new organization's."""
    person = await members.of_person(tx, person_id)
    assert person is not None
    owner = Member(new_id(), person_id, PLATFORM, person.email, person.name, Role.OWNER)
    async with within(tx, host.id):
        await hosts.add(tx, host)
        await members.add(tx, host.id, owner, None)
        await publish(tx, host.id, OrganizationCreated(**facts(host)), at=at, source="identity")
        await publish(tx, host.id, MemberJoined(member_id=owner.id, role=owner.role), at=at, source="identity")
    return host
