"""Contacts and team of a customer; groups of customers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from common.db import new_id
from common.errors import NotFound
from common.http import Body, Caller, IfMatch, Stale, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from customers.domain.person import Contact
from customers.domain.words import checked_line
from customers.store import customers, people

router = new_router("customers")


class NewContact(Body):
    """A person to turn to; an address or a number is needed."""

    name: str = Field(min_length=1, max_length=120, examples=["Night shift"])
    email: str | None = Field(None, max_length=254, examples=["noc@alpha.example"])
    phone: str | None = Field(None, max_length=40, examples=["+1 806 555 0100"])
    job: str | None = Field(None, max_length=120, examples=["machines"])


class ContactAnswer(BaseModel):
    id: UUID
    name: str
    email: str | None
    phone: str | None
    job: str | None
    version: int

    @classmethod
    def of(cls, contact: Contact) -> ContactAnswer:
        return cls(**{name: getattr(contact, name) for name in cls.model_fields})


class ContactList(BaseModel):
    items: list[ContactAnswer]


class TeamMember(BaseModel):
    """A person who signs in for the customer."""

    member_id: UUID
    role: str
    name: str | None
    email: str | None
    joined_at: AwareDatetime


class TeamAnswer(BaseModel):
    """`team_name` is what the portal shows above the list; people are invited and removed through identity."""

    team_name: str | None
    items: list[TeamMember]


class NewGroup(Body):
    name: str = Field(min_length=1, max_length=80, examples=["Texas"])


class GroupCustomers(Body):
    """The whole group from now on."""

    customer_ids: list[UUID] = Field(max_length=5000)


class GroupAnswer(BaseModel):
    id: UUID
    name: str
    customers: int
    version: int


class GroupDetail(GroupAnswer):
    customer_ids: list[UUID]


class GroupList(BaseModel):
    items: list[GroupAnswer]
    next: str | None


CONTACTS = "/v1/customers/{customer_id}/contacts"
GROUPS = "/v1/customer-groups"


@router.post(CONTACTS, status_code=201, **allow("customers.write"))
async def add_contact(tx: Transaction, caller: Caller, customer_id: UUID, body: NewContact) -> ContactAnswer:
    """Add a person at the customer's; nothing is sent to them."""
    (await customers.get(tx, customer_id)).check_stands()
    contact = Contact(new_id(), customer_id, **body.model_dump())
    await people.add_contact(tx, caller.organization_id, contact)
    return ContactAnswer.of(contact)


@router.get(CONTACTS, **allow("customers.read"))
async def list_contacts(tx: Transaction, customer_id: UUID) -> ContactList:
    """The people at the customer's."""
    await customers.get(tx, customer_id)
    return ContactList(items=[ContactAnswer.of(c) for c in await people.contacts_of(tx, customer_id)])


@router.put(CONTACTS + "/{contact_id}", **allow("customers.write"))
async def change_contact(
    tx: Transaction, customer_id: UUID, contact_id: UUID, body: NewContact, version: IfMatch
) -> ContactAnswer:
    """Write a contact anew."""
    before = await people.contact(tx, customer_id, contact_id)
    if before.version != version:
        raise Stale("The contact was changed meanwhile.", field="If-Match", remedy="read it again")
    after = before.changed(**body.model_dump())
    await people.save_contact(tx, after)
    return ContactAnswer.of(after)


@router.delete(CONTACTS + "/{contact_id}", status_code=204, **allow("customers.write"))
async def remove_contact(tx: Transaction, customer_id: UUID, contact_id: UUID) -> None:
    """Forget a contact."""
    await people.contact(tx, customer_id, contact_id)
    await people.remove_contact(tx, contact_id)


@router.get("/v1/customers/{customer_id}/team", **allow("customers.read"))
async def list_team(tx: Transaction, customer_id: UUID) -> TeamAnswer:
    """Who signs in for the customer (CM-26 to CM-28)."""
    customer = await customers.get(tx, customer_id)
    rows = await people.team_of(tx, customer_id)
    return TeamAnswer(team_name=customer.team_name, items=[TeamMember(**r._mapping) for r in rows])


@router.post(GROUPS, status_code=201, **allow("customers.write"))
async def add_group(tx: Transaction, caller: Caller, body: NewGroup) -> GroupAnswer:
    """A group of customers, for lists and announcements; customers do not see their groups."""
    group_id, name = new_id(), checked_line(body.name, "name", 80)
    await people.add_group(tx, caller.organization_id, group_id, name)
    return GroupAnswer(id=group_id, name=name, customers=0, version=1)


@router.get(GROUPS, **allow("customers.read"))
async def list_groups(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(people.GROUPS)],
    q: Annotated[str | None, Query(min_length=1, max_length=80)] = None,
) -> GroupList:
    """The groups, by default in the order in which they were made; none for a customer's people."""
    rows = await people.group_list(tx, page, {"q": q}) if caller.customer_id is None else []
    shown: list[dict[str, Any]] = [_group(row, row.customers).model_dump() for row in rows]
    return GroupList(**page_of(shown, page))


@router.put(GROUPS + "/{group_id}/customers", **allow("customers.write"))
async def fill_group(
    tx: Transaction, caller: Caller, group_id: UUID, body: GroupCustomers, version: IfMatch, response: Response
) -> GroupDetail:
    """Say which customers the group holds from now on."""
    row = await people.group(tx, group_id)
    if row.version != version:
        raise Stale("The group was changed meanwhile.", field="If-Match", remedy="read it again")
    await people.put_in_group(tx, caller.organization_id, group_id, body.customer_ids)
    ids = await people.members_of_group(tx, group_id)
    response.headers.update(etag(version + 1))
    return GroupDetail(id=group_id, name=row.name, customers=len(ids), version=version + 1, customer_ids=ids)


@router.get(GROUPS + "/{group_id}", **allow("customers.read"))
async def read_group(tx: Transaction, caller: Caller, group_id: UUID, response: Response) -> GroupDetail:
    """A group and its customers, for the host alone."""
    if caller.customer_id is not None:
        raise NotFound(f"There is no group {group_id}.", field="group_id", remedy="an id of one that is there")
    row, ids = await people.group(tx, group_id), await people.members_of_group(tx, group_id)
    response.headers.update(etag(row.version))
    return GroupDetail(**_group(row, len(ids)).model_dump(), customer_ids=ids)


@router.delete(GROUPS + "/{group_id}", status_code=204, **allow("customers.write"))
async def remove_group(tx: Transaction, group_id: UUID) -> None:
    """Give up a group; its customers stay."""
    await people.group(tx, group_id)
    await people.remove_group(tx, group_id)


def _group(row: Any, count: int) -> GroupAnswer:
    return GroupAnswer(id=row.group_id, name=row.name, customers=count, version=row.version)
