"""Customers to rows and back; every query of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, func, insert, literal, not_, or_, select, tuple_, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from customers.domain.customer import Customer, Standing
from customers.store.places import id_at
from customers.store.tables import customers, group_customers

_FIELDS = [c.name for c in customers.columns if c.name not in ("organization_id", "customer_id", "created_at")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers, in which order: `sort` is `added`, `-added` or `name`; what is None does not narrow."""

    text: str | None = None
    tag: str | None = None
    group_id: UUID | None = None
    standing: Standing | None = None
    sort: str = "added"


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


async def after(tx: Tx, wanted: Wanted, cursor: str | None, limit: int) -> Sequence[Customer]:
    """A page of customers in the order asked for, one more than asked to show that there is more."""
    query = _sorted(select(customers).where(*_narrowed(wanted)), wanted.sort, cursor)
    return [_of_row(row) for row in await tx.execute(query.limit(limit + 1))]


def _sorted(query: Select[Any], sort: str, cursor: str | None) -> Select[Any]:
    c, last = customers.c, id_at(cursor) if cursor is not None else None
    if sort == "-added":
        query = query.order_by(c.customer_id.desc())
        return query if last is None else query.where(c.customer_id < last)
    if sort == "name":
        query = query.order_by(func.lower(c.name), c.customer_id)
        if last is None:
            return query
        name = select(func.lower(c.name)).where(c.customer_id == last).scalar_subquery()
        return query.where(tuple_(func.lower(c.name), c.customer_id) > tuple_(name, last))
    query = query.order_by(c.customer_id)
    return query if last is None else query.where(c.customer_id > last)


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    c, found = customers.c, list[ColumnElement[bool]]()
    if wanted.text is not None:
        fields = (c.name, c.company, c.contact_email, c.billing_email)
        found.append(or_(*(field.icontains(wanted.text, autoescape=True) for field in fields)))
    if wanted.tag is not None:
        found.append(literal(wanted.tag) == any_(c.tags))
    if wanted.group_id is not None:
        g = group_customers.c
        found.append(c.customer_id.in_(select(g.customer_id).where(g.group_id == wanted.group_id)))
    if wanted.standing is not None:
        found.append(_stands(wanted.standing))
    return found


def _stands(standing: Standing) -> ColumnElement[bool]:
    """The display order of X14, as a condition."""
    c = customers.c
    conditions = {
        Standing.INACTIVE: not_(c.is_active),
        Standing.POOL_REDIRECTED: and_(c.is_active, c.is_redirected),
        Standing.IN_DEFAULT: and_(c.is_active, not_(c.is_redirected), c.in_default),
        Standing.ACTIVE: and_(c.is_active, not_(c.is_redirected), not_(c.in_default)),
    }
    return conditions[standing]
