"""Copies of the legal persons that the host bills as; identity owns them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from contracts.store.kept_tables import issuing_entities
from contracts.store.tables import contracts


async def keep(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    statement = upsert(issuing_entities).values(organization_id=organization_id, **row)
    changed = {name: statement.excluded[name] for name in ("legal_name", "version")}
    newer = issuing_entities.c.version < statement.excluded.version
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["organization_id", "entity_id"], set_=changed, where=newer)
    )


async def name_of(tx: Tx, entity_id: UUID) -> str | None:
    """The legal name of an issuing entity; none where there is no such."""
    c = issuing_entities.c
    found: str | None = (await tx.execute(select(c.legal_name).where(c.entity_id == entity_id))).scalar()
    return found


async def others_of_customer(tx: Tx, customer_id: UUID, contract_id: UUID) -> list[tuple[str, str, str]]:
    """Number, currency and issuing entity of the customer's other contracts in force that name one."""
    c = contracts.c
    entity = c.agreement["issuing_entity_id"].astext
    query = select(c.number, c.agreement["currency"].astext, entity).where(
        c.customer_id == customer_id,
        c.contract_id != contract_id,
        c.state.in_(("active", "suspended")),
        entity.is_not(None),
    )
    return [(row[0], row[1], row[2]) for row in await tx.execute(query.order_by(c.number))]
