"""`/v1/members`: the people of an organization, and of its customers' teams."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.clock import wall_now
from common.db import new_id
from common.http import Caller, IfMatch, OwnDatabase, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from identity.api.access import OurAccess, OurGate, Passwords
from identity.api.schemas import MemberAnswer, MemberList, NewMember, RoleChange
from identity.domain.member import Member
from identity.domain.roles import Role, check_grant
from identity.domain.texts import checked_email
from identity.store import hosts, members, sessions
from identity.store.custom_roles import permissions_for
from identity.use_cases.add_member import add_member
from identity.use_cases.change_role import change_role
from identity.use_cases.remove_member import remove_member
from identity.use_cases.reset_factors import reset_factors

router = new_router("members")


class Filter(BaseModel):
    """Which members; `is_staff` false: the customers' people. `q` is looked for in names and addresses."""

    customer_id: UUID | None = None
    role: list[Role] | None = Query(None, max_length=20)
    role_id: UUID | None = None
    is_staff: bool | None = None
    q: str | None = Query(None, min_length=1, max_length=100)


@router.post("/v1/members", status_code=201, **allow("members.write"))
async def add(tx: Transaction, caller: Caller, passwords: Passwords, body: NewMember) -> MemberAnswer:
    """Let a person in. Without a password they cannot sign in yet."""
    email = checked_email(body.email)
    hashed = None
    if body.password is not None:
        about = email, body.name, *await hosts.names(tx, caller.organization_id)
        hashed = await passwords.hash(passwords.checked(body.password, *about))
    customer_id = body.customer_id or caller.customer_id
    own = caller.organization_id
    member = Member(new_id(), new_id(), own, email, body.name, body.role, customer_id, body.role_id)
    at = await hosts.now_at(tx, caller.organization_id)
    return MemberAnswer.of(await add_member(tx, caller, member, hashed, at=at))


@router.get("/v1/members", **allow("members.read"))
async def list_members(
    tx: Transaction, page: Annotated[Page, paged(members.LISTING)], wanted: Annotated[Filter, Query()]
) -> MemberList:
    """The members, usually in the order in which they joined; a customer's people see their own team (CM-28)."""
    found = await members.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [MemberAnswer.of(member).model_dump() for member in found]
    return MemberList(**page_of(rows, page))


@router.get("/v1/members/{member_id}", **allow("members.read"))
async def read(tx: Transaction, member_id: UUID, response: Response) -> MemberAnswer:
    """One member."""
    member = await members.get(tx, member_id)
    response.headers.update(etag(member.version))
    return MemberAnswer.of(member)


@router.patch("/v1/members/{member_id}", **allow("members.write", transaction=False))
async def change(
    database: OwnDatabase, caller: Caller, gate: OurGate, member_id: UUID, body: RoleChange, version: IfMatch
) -> MemberAnswer:
    """Give a member another role; they sign in anew."""
    async with database.transaction(caller.tenant) as tx:
        at = await hosts.now_at(tx, caller.organization_id)
        changed = await change_role(tx, caller, member_id, (body.role, body.role_id), version=version, at=at)
    gate.forget_all()
    return MemberAnswer.of(changed)


@router.delete("/v1/members/{member_id}", status_code=204, **allow("members.write", transaction=False))
async def remove(database: OwnDatabase, caller: Caller, gate: OurGate, member_id: UUID) -> Response:
    """End a membership; its sessions and keys end at once."""
    async with database.transaction(caller.tenant) as tx:
        await remove_member(tx, caller, member_id, at=await hosts.now_at(tx, caller.organization_id))
    gate.forget_all()
    return Response(status_code=204)


@router.delete(
    "/v1/members/{member_id}/second-factors", status_code=204, **allow("members.reset_factors", transaction=False)
)
async def reset(database: OwnDatabase, caller: Caller, access: OurAccess, member_id: UUID) -> Response:
    """Remove a member's authenticator, recovery codes and passkeys; their sessions end, and they are told by mail.

    Who must have a second factor sets up another one before anything else.
    """
    async with database.transaction(caller.tenant) as tx:
        await reset_factors(tx, caller, member_id, access.sealing, now_at=wall_now())
    access.gate.forget_all()
    return Response(status_code=204)


@router.delete("/v1/members/{member_id}/sessions", status_code=204, **allow("members.write", transaction=False))
async def sign_out(database: OwnDatabase, caller: Caller, gate: OurGate, member_id: UUID) -> Response:
    """Sign a member out everywhere (in this organization), at once; they may sign in again."""
    async with database.transaction(caller.tenant) as tx:
        member = await members.get(tx, member_id)
        check_grant(caller.permissions, await permissions_for(tx, member))
        await sessions.end_of_person(tx, member.person_id)
    gate.forget_all()
    return Response(status_code=204)
