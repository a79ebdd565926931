"""One-time links and challenges. The one who uses a link deletes it, so that of two only one can."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from common.db import Tx, new_id
from identity.domain.links import LIFETIME, Purpose
from identity.store.credentials import digest
from identity.store.tables import links
from identity.store.tenancy import enter


async def make(
    tx: Tx, organization_id: UUID, purpose: Purpose, subject_id: UUID, *, token: str, now_at: datetime
) -> datetime:
    """A link for the subject; an earlier one for the same ends. Answers until when it may be used."""
    await end(tx, purpose, subject_id)
    await tx.execute(delete(links).where(links.c.ends_at < now_at))
    ends_at = now_at + LIFETIME[purpose]
    row = {"organization_id": organization_id, "link_id": new_id(), "purpose": purpose, "subject_id": subject_id}
    await tx.execute(insert(links).values(**row, token_sha256=digest(token), made_at=now_at, ends_at=ends_at))
    return ends_at


async def end(tx: Tx, purpose: Purpose, subject_id: UUID) -> None:
    await tx.execute(delete(links).where(links.c.purpose == purpose, links.c.subject_id == subject_id))


async def use(tx: Tx, purpose: Purpose, token: str, *, now_at: datetime) -> tuple[UUID, UUID] | None:
    """At the gate: the organization that the link leads to, which the transaction enters, and the link's subject."""
    at_token = links.c.token_sha256 == digest(token)
    found: Any = (await tx.execute(select(links).where(at_token, links.c.purpose == purpose))).first()
    if found is None:
        return None
    await enter(tx, found.organization_id)
    used: Any = (await tx.execute(delete(links).where(at_token).returning(links.c.subject_id, links.c.ends_at))).first()
    if used is None or used.ends_at <= now_at:
        return None
    return found.organization_id, used.subject_id
