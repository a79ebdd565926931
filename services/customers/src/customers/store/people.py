"""Contacts, groups and the customers' teams: rows and queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from customers.domain.person import Contact
from customers.store.tables import contacts, customers, group_customers, groups, team

_CONTACT = ("name", "email", "phone", "job", "version")


def _contact(row: Any) -> Contact:
    return Contact(row.contact_id, row.customer_id, row.name, row.email, row.phone, row.job, row.version)


async def add_contact(tx: Tx, organization_id: UUID, contact: Contact) -> None:
    values = {name: getattr(contact, name) for name in _CONTACT}
    ids = {"organization_id": organization_id, "contact_id": contact.id, "customer_id": contact.customer_id}
    await tx.execute(insert(contacts).values(**ids, **values))


async def contacts_of(tx: Tx, customer_id: UUID) -> list[Contact]:
    query = select(contacts).where(contacts.c.customer_id == customer_id).order_by(contacts.c.contact_id)
    return [_contact(row) for row in await tx.execute(query)]


async def contact(tx: Tx, customer_id: UUID, contact_id: UUID) -> Contact:
    c = contacts.c
    row = (await tx.execute(select(contacts).where(c.customer_id == customer_id, c.contact_id == contact_id))).first()
    if row is None:
        raise NotFound(f"There is no contact {contact_id}.", field="contact_id", remedy="an id of one that is there")
    return _contact(row)


async def save_contact(tx: Tx, contact: Contact) -> None:
    c = contacts.c
    values = {name: getattr(contact, name) for name in _CONTACT}
    found = c.contact_id == contact.id, c.version == contact.version - 1
    if (await tx.execute(update(contacts).where(*found).values(**values))).rowcount != 1:
        raise Stale("The contact was changed meanwhile.", remedy="read it again and repeat the change")


async def remove_contact(tx: Tx, contact_id: UUID) -> None:
    await tx.execute(delete(contacts).where(contacts.c.contact_id == contact_id))


async def move_contacts(tx: Tx, from_id: UUID, to_id: UUID) -> None:
    await tx.execute(update(contacts).where(contacts.c.customer_id == from_id).values(customer_id=to_id))


async def add_group(tx: Tx, organization_id: UUID, group_id: UUID, name: str) -> None:
    values = {"name": name, "name_key": name.casefold(), "version": 1}
    await tx.execute(insert(groups).values(organization_id=organization_id, group_id=group_id, **values))


_HELD = select(func.count()).where(group_customers.c.group_id == groups.c.group_id).scalar_subquery()
GROUPS = Listing(
    key=[groups.c.group_id],
    sorts={"added": groups.c.group_id, "name": groups.c.name_key, "customers": _HELD},
    filters={"q": lambda text: groups.c.name.icontains(text, autoescape=True)},
    usual="added",
)


async def group_list(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Groups, with how many customers they hold."""
    return await page.read(tx, select(groups, _HELD.label("customers")), wanted)


async def group(tx: Tx, group_id: UUID) -> Any:
    row = (await tx.execute(select(groups).where(groups.c.group_id == group_id).with_for_update())).first()
    if row is None:
        raise NotFound(f"There is no group {group_id}.", field="group_id", remedy="an id of one that is there")
    return row


async def put_in_group(tx: Tx, organization_id: UUID, group_id: UUID, customer_ids: Sequence[UUID]) -> None:
    """The group holds exactly these customers from now on; an unknown one is refused."""
    known = set(
        (await tx.execute(select(customers.c.customer_id).where(customers.c.customer_id.in_(customer_ids)))).scalars()
    )
    for customer_id in customer_ids:
        if customer_id not in known:
            raise NotFound(
                f"There is no customer {customer_id}.", field="customer_ids", remedy="an id of one that is there"
            )
    await tx.execute(delete(group_customers).where(group_customers.c.group_id == group_id))
    rows = [
        {"organization_id": organization_id, "group_id": group_id, "customer_id": c}
        for c in dict.fromkeys(customer_ids)
    ]
    if rows:
        await tx.execute(insert(group_customers), rows)
    await tx.execute(update(groups).where(groups.c.group_id == group_id).values(version=groups.c.version + 1))


async def members_of_group(tx: Tx, group_id: UUID) -> list[UUID]:
    g = group_customers.c
    return list(
        (await tx.execute(select(g.customer_id).where(g.group_id == group_id).order_by(g.customer_id))).scalars()
    )


async def groups_of(tx: Tx, customer_id: UUID) -> list[UUID]:
    g = group_customers.c
    return list(
        (await tx.execute(select(g.group_id).where(g.customer_id == customer_id).order_by(g.group_id))).scalars()
    )


async def move_groups(tx: Tx, organization_id: UUID, from_id: UUID, to_id: UUID) -> None:
    rows = [
        {"organization_id": organization_id, "group_id": g, "customer_id": to_id} for g in await groups_of(tx, from_id)
    ]
    if rows:
        await tx.execute(upsert(group_customers).on_conflict_do_nothing(), rows)
    await tx.execute(delete(group_customers).where(group_customers.c.customer_id == from_id))


async def remove_group(tx: Tx, group_id: UUID) -> None:
    await tx.execute(delete(group_customers).where(group_customers.c.group_id == group_id))
    await tx.execute(delete(groups).where(groups.c.group_id == group_id))


async def keep_member(tx: Tx, values: dict[str, Any]) -> None:
    """Somebody joined; a removal that came first stands."""
    changes = {name: value for name, value in values.items() if name not in ("organization_id", "member_id")}
    query = upsert(team).values(**values)
    await tx.execute(query.on_conflict_do_update(index_elements=["organization_id", "member_id"], set_=changes))


async def end_member(tx: Tx, organization_id: UUID, member_id: UUID, customer_id: UUID, at: datetime) -> None:
    values = {"organization_id": organization_id, "member_id": member_id, "customer_id": customer_id, "removed_at": at}
    query = upsert(team).values(**values)
    await tx.execute(
        query.on_conflict_do_update(index_elements=["organization_id", "member_id"], set_={"removed_at": at})
    )


async def team_of(tx: Tx, customer_id: UUID) -> Sequence[Any]:
    """Who belongs to the team now."""
    t = team.c
    mine = t.customer_id == customer_id, t.removed_at.is_(None), t.joined_at.is_not(None)
    return (await tx.execute(select(team).where(*mine).order_by(t.joined_at, t.member_id))).all()


async def customers_of_person(tx: Tx, address: str) -> set[UUID]:
    """Customers of whose contacts or team somebody has this e-mail address."""
    found: set[UUID] = set()
    for table in (contacts, team):
        query = select(table.c.customer_id).where(
            func.lower(table.c.email) == address, table.c.customer_id.is_not(None)
        )
        if table is team:
            query = query.where(team.c.removed_at.is_(None))
        found |= set((await tx.execute(query)).scalars())
    return found
