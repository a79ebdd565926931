"""Addresses that people want to go by, until the link that was mailed there is used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from identity.store.tables import email_changes


async def put(tx: Tx, organization_id: UUID, person_id: UUID, email: str, times: tuple[datetime, datetime]) -> None:
    """One wish a person: another one takes its place. `times`: asked, and until when it can be confirmed."""
    values = {"email": email, "asked_at": times[0], "ends_at": times[1]}
    query = upsert(email_changes).values(organization_id=organization_id, person_id=person_id, **values)
    await tx.execute(query.on_conflict_do_update(index_elements=["organization_id", "person_id"], set_=values))


async def wanted(tx: Tx, person_id: UUID, now_at: datetime) -> str | None:
    """The address that still waits to be confirmed."""
    mine = email_changes.c.person_id == person_id, email_changes.c.ends_at > now_at
    found: str | None = (await tx.execute(select(email_changes.c.email).where(*mine))).scalar()
    return found


async def take(tx: Tx, person_id: UUID) -> str | None:
    """The address, this once."""
    query = delete(email_changes).where(email_changes.c.person_id == person_id)
    found: str | None = (await tx.execute(query.returning(email_changes.c.email))).scalar()
    return found
