"""Customers to rows and back; every query of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from customers.domain.customer import Customer
from customers.store.tables import customers

_FIELDS = [c.name for c in customers.columns if c.name not in ("organization_id", "customer_id", "created_at")]


def _of_row(row: Any) -> Customer:
    return Customer(id=row.customer_id, **{name: getattr(row, name) for name in _FIELDS})


def _values(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in _FIELDS}


async def add(tx: Tx, organization_id: UUID, customer: Customer) -> None:
    await tx.execute(
        insert(customers).values(organization_id=organization_id, customer_id=customer.id, **_values(customer))
    )


async def get(tx: Tx, customer_id: UUID, *, for_change: bool = False) -> Customer:
    """The customer; another organization's looks like none."""
    query = select(customers).where(customers.c.customer_id == customer_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
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


async def after(tx: Tx, cursor: str | None, limit: int) -> Sequence[Customer]:
    """A page of customers in the order in which they were added, one more than asked to show that there is more."""
    query = select(customers).order_by(customers.c.customer_id).limit(limit + 1)
    if cursor is not None:
        query = query.where(customers.c.customer_id > UUID(cursor))
    return [_of_row(row) for row in await tx.execute(query)]
