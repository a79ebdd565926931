"""A copy of which customers there are and whether their people may sign in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from identity.store.tables import customers


async def keep(tx: Tx, organization_id: UUID, customer_id: UUID, *, is_open: bool, version: int) -> None:
    """Take over what is newer than what is known."""
    query = upsert(customers).values(
        organization_id=organization_id, customer_id=customer_id, is_open=is_open, version=version
    )
    await tx.execute(
        query.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_={"is_open": is_open, "version": version},
            where=customers.c.version < version,
        )
    )


async def is_open(tx: Tx, customer_id: UUID) -> bool | None:
    """Whether the customer's people may sign in; None when there is no such customer."""
    query = select(customers.c.is_open).where(customers.c.customer_id == customer_id)
    found: bool | None = (await tx.execute(query)).scalar()
    return found
