"""`/v1/organizations`: open, read and change."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from common.auth import Principal
from common.clock import wall_now
from common.db import Database, new_id
from common.errors import NotFound
from common.http import Caller, IfMatch, OwnDatabase, Transaction, allow, authorise, etag, new_router
from identity.api.access import OurGate
from identity.api.gate import Gate
from identity.api.schemas import Heir, MemberAnswer, NewOrganization, OrganizationAnswer, OrganizationChange
from identity.domain.roles import OWNERS_ALONE
from identity.store import hosts
from identity.use_cases.change_organization import change_organization
from identity.use_cases.change_role import transfer_ownership
from identity.use_cases.open_organization import open_organization
from identity.use_cases.person_behind import person_behind

router = new_router("organizations")


async def _places(caller: Caller, database: OwnDatabase, gate: OurGate) -> tuple[Principal, Database, Gate]:
    return caller, database, gate


Places = Annotated[tuple[Principal, Database, Gate], Depends(_places)]


def check_own(caller: Principal, organization_id: UUID) -> None:
    """The organization in the address is the caller's; any other looks like none."""
    if organization_id != caller.organization_id:
        raise NotFound(f"There is no organization {organization_id}.", field="organization_id")


@router.post("/v1/organizations", status_code=201, **allow("organizations.create"))
async def open_one(tx: Transaction, caller: Caller, body: NewOrganization, response: Response) -> OrganizationAnswer:
    """Open an organization; the caller becomes its owner."""
    host = body.host(new_id())
    person_id = await person_behind(tx, caller)
    await open_organization(tx, person_id, host, at=host.clock_at or wall_now())
    response.headers.update(etag(host.version))
    return OrganizationAnswer.of(host, caller)


@router.get("/v1/organizations/{organization_id}", **allow("organization.read"))
async def read(tx: Transaction, caller: Caller, organization_id: UUID, response: Response) -> OrganizationAnswer:
    """The caller's organization."""
    check_own(caller, organization_id)
    host = await hosts.get(tx, organization_id)
    response.headers.update(etag(host.version))
    return OrganizationAnswer.of(host, caller)


@router.patch("/v1/organizations/{organization_id}", **allow("organization.write", transaction=False))
async def change(
    request: Request,
    places: Places,
    organization_id: UUID,
    body: OrganizationChange,
    version: IfMatch,
    response: Response,
) -> OrganizationAnswer:
    """Change some fields. A former short name goes on leading here. What takes two people changes after a step-up."""
    caller, database, gate = places
    check_own(caller, organization_id)
    if body.four_eyes is not None:
        await authorise(request, caller, OWNERS_ALONE)
    async with database.transaction(caller.tenant) as tx:
        host = await change_organization(tx, organization_id, body.changes(), version=version)
    gate.forget_all()
    response.headers.update(etag(host.version))
    return OrganizationAnswer.of(host, caller)


@router.post("/v1/organizations/{organization_id}/transfer", **allow("organization.transfer", transaction=False))
async def transfer(
    database: OwnDatabase, caller: Caller, gate: OurGate, organization_id: UUID, body: Heir
) -> MemberAnswer:
    """Hand the organization to another of its people, who becomes the one owner; both sign in anew (B8)."""
    check_own(caller, organization_id)
    async with database.transaction(caller.tenant) as tx:
        at = await hosts.now_at(tx, organization_id)
        heir = await transfer_ownership(tx, caller, body.member_id, at=at)
    gate.forget_all()
    return MemberAnswer.of(heir)
