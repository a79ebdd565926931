"""Customers to rows and back; every query of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, func, insert, literal, not_, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from customers.domain.customer import Customer, Standing
from customers.store.tables import customers, group_customers

_FIELDS = [c.name for c in customers.columns if c.name not in ("organization_id", "customer_id", "created_at")]


def _stands(standings: Sequence[Standing]) -> ColumnElement[bool]:
    """Any of these by the display order of X14, as a condition."""
    c = customers.c
    conditions = {
        Standing.INACTIVE: not_(c.is_active),
        Standing.POOL_REDIRECTED: and_(c.is_active, c.is_redirected),
        Standing.IN_DEFAULT: and_(c.is_active, not_(c.is_redirected), c.in_default),
        Standing.ACTIVE: and_(c.is_active, not_(c.is_redirected), not_(c.in_default)),
    }
    return or_(*(conditions[standing] for standing in standings))


def _mentions(text: str) -> ColumnElement[bool]:
    c = customers.c
    fields = (c.name, c.company, c.contact_email, c.billing_email)
    return or_(*(field.icontains(text, autoescape=True) for field in fields))


def _in_group(group_id: UUID) -> ColumnElement[bool]:
    g = group_customers.c
    return customers.c.customer_id.in_(select(g.customer_id).where(g.group_id == group_id))


LISTING = Listing(
    key=[customers.c.customer_id],
    sorts={
        "added": customers.c.customer_id,
        "name": func.lower(customers.c.name),
        "company": func.lower(customers.c.company),
        "contact_email": func.lower(customers.c.contact_email),
        "currency": customers.c.currency,
    },
    filters={
        "q": _mentions,
        "tag": lambda tag: literal(tag) == any_(customers.c.tags),
        "group_id": _in_group,
        "standing": _stands,
        "currency": customers.c.currency.__eq__,
        "has_portal_access": customers.c.has_portal_access.is_,
        "on_billing_hold": customers.c.on_billing_hold.is_,
        "is_merged": lambda yes: customers.c.merged_into.is_not(None) if yes else customers.c.merged_into.is_(None),
        "added_from_at": customers.c.created_at.__ge__,
        "added_to_at": customers.c.created_at.__lt__,
    },
    usual="added",
    hosts=frozenset({"tag", "group_id", "is_merged", "added_from_at", "added_to_at"}),
)


def _of_row(row: Any) -> Customer:
    fields = {name: getattr(row, name) for name in _FIELDS}
    return Customer(id=row.customer_id, **fields | {"tags": tuple(row.tags)})


def _values(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in _FIELDS} | {"tags": list(customer.tags)}


async def add(tx: Tx, organization_id: UUID, customer: Customer) -> None:
    await tx.execute(
        insert(customers).values(organization_id=organization_id, customer_id=customer.id, **_values(customer))
    )


async def add_all(tx: Tx, organization_id: UUID, many: Sequence[Customer]) -> None:
    rows = [{"organization_id": organization_id, "customer_id": c.id} | _values(c) for c in many]
    if rows:
        await tx.execute(insert(customers), rows)


async def get(tx: Tx, customer_id: UUID, *, for_change: bool = False) -> Customer:
    """The customer; another organization's looks like none."""
    query = select(customers).where(customers.c.customer_id == customer_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id", remedy="an id of one that is there")
    return _of_row(row)


async def save(tx: Tx, customer: Customer) -> None:
    """Write a change made from the version before; another change in between is refused."""
    done = await tx.execute(
        update(customers)
        .where(customers.c.customer_id == customer.id, customers.c.version == customer.version - 1)
        .values(**_values(customer))
    )
    if done.rowcount != 1:
        raise Stale("The customer was changed meanwhile.", remedy="read it again and repeat the change")


async def known(tx: Tx) -> set[tuple[str, str]]:
    """Name and contact address of every account, in small letters: what an import must not open twice."""
    c = customers.c
    query = select(func.lower(c.name), func.lower(c.contact_email)).where(c.merged_into.is_(None))
    return {(name, email) for name, email in await tx.execute(query)}


async def ids_of_address(tx: Tx, address: str) -> set[UUID]:
    """The customers whose account names this e-mail address."""
    c = customers.c
    named = or_(func.lower(c.contact_email) == address, func.lower(c.billing_email) == address)
    return set((await tx.execute(select(c.customer_id).where(named, c.merged_into.is_(None)))).scalars())


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Customer]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(customers), wanted)]
