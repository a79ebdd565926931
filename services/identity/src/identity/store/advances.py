"""Where running test clocks go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from identity.store.tables import advances

CHANNEL = "test_clocks"
_NOTIFY = text("select pg_notify(:channel, '')")


async def target(tx: Tx, organization_id: UUID) -> datetime | None:
    query = select(advances.c.target_at).where(advances.c.organization_id == organization_id)
    found: datetime | None = (await tx.execute(query)).scalar()
    return found


async def begin(tx: Tx, organization_id: UUID, target_at: datetime) -> None:
    query = upsert(advances).values(organization_id=organization_id, target_at=target_at)
    await tx.execute(query.on_conflict_do_nothing())
    await tx.execute(_NOTIFY, {"channel": CHANNEL})


async def end(tx: Tx, organization_id: UUID) -> None:
    await tx.execute(delete(advances).where(advances.c.organization_id == organization_id))


async def running(tx: Tx) -> Sequence[UUID]:
    """The organizations whose clock is moving; asked as SYSTEM."""
    return list((await tx.execute(select(advances.c.organization_id).order_by(advances.c.requested_at))).scalars())
