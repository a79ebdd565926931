"""What quotes knows of customers and sites, by their owners' events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from quotes.store.tables import customers, sites


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    id: UUID
    name: str
    email: str
    is_active: bool


async def keep(tx: Tx, table: Table, key: str, values: dict[str, Any]) -> None:
    """Take over what is newer than what is known; facts may come twice and out of order."""
    query = upsert(table).values(**values)
    await tx.execute(
        query.on_conflict_do_update(
            index_elements=["organization_id", key], set_=values, where=table.c.version < values["version"]
        )
    )


async def customer(tx: Tx, customer_id: UUID) -> KnownCustomer:
    row: Any = (await tx.execute(select(customers).where(customers.c.customer_id == customer_id))).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return KnownCustomer(row.customer_id, row.name, row.email, row.is_active)


async def site_name(tx: Tx, site_id: UUID) -> str:
    found: str | None = (await tx.execute(select(sites.c.name).where(sites.c.site_id == site_id))).scalar()
    if found is None:
        raise NotFound(f"There is no site {site_id}.", field="site_id")
    return found
