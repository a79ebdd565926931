"""Webhooks as they came: stored before anything else, each event once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from payments.store.tables import webhook_events as events


async def store(tx: Tx, event_id: str, **values: Any) -> bool:
    """Keeps the event; false when it was here already."""
    statement = insert(events).values(event_id=event_id, **values).on_conflict_do_nothing()
    return (await tx.execute(statement.returning(events.c.event_id))).first() is not None


async def owner_of(tx: Tx, reference: str) -> tuple[UUID, UUID] | None:
    """Organization and payment of a processor's object, as an earlier event of it told."""
    query = select(events.c.organization_id, events.c.payment_id).where(
        events.c.reference == reference, events.c.payment_id.is_not(None)
    )
    row = (await tx.execute(query.limit(1))).first()
    return (row.organization_id, row.payment_id) if row else None


async def adopt(tx: Tx, reference: str, organization_id: UUID, payment_id: UUID) -> list[Any]:
    """Events of the object that came before it was known whose it is."""
    statement = (
        update(events)
        .where(events.c.reference == reference, events.c.organization_id.is_(None))
        .values(organization_id=organization_id, payment_id=payment_id)
    )
    return list(await tx.execute(statement.returning(events.c.event_id, events.c.kind)))


async def get(tx: Tx, event_id: str) -> Any:
    return (await tx.execute(select(events).where(events.c.event_id == event_id))).one()


async def close(tx: Tx, event_id: str, result: str) -> None:
    await tx.execute(update(events).where(events.c.event_id == event_id).values(result=result))
