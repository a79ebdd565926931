"""Attempts to sign in, counted before the password is looked at, so that parallel guesses count as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from identity.domain.throttling import Policy, counted, wait_until
from identity.store.tables import attempts


async def reserve(tx: Tx, organization_id: UUID, subject: bytes, policy: Policy, now_at: datetime) -> datetime | None:
    """Count one attempt. Answers from when to try again where it is too early; then nothing is counted."""
    at_subject = attempts.c.subject_sha256 == subject
    fresh = upsert(attempts).values(organization_id=organization_id, subject_sha256=subject, attempts=0, last_at=now_at)
    own = ["organization_id", "subject_sha256"]
    # Touched, so that it is locked, and made anew where somebody who got in has just deleted it.
    kept = fresh.on_conflict_do_update(index_elements=own, set_={"attempts": attempts.c.attempts})
    row: Any = (await tx.execute(kept.returning(attempts.c.attempts, attempts.c.last_at))).one()
    count = counted(row.attempts, row.last_at, now_at)
    again_at = wait_until(policy, count, row.last_at)
    if count >= policy.free and now_at < again_at:
        return again_at
    await tx.execute(attempts.update().where(at_subject).values(attempts=count + 1, last_at=now_at))
    return None


async def count(tx: Tx, subject: bytes) -> int:
    """How many stand against the subject, this one with them."""
    found: int | None = (
        await tx.execute(select(attempts.c.attempts).where(attempts.c.subject_sha256 == subject))
    ).scalar()
    return found or 0


async def give_back(tx: Tx, subject: bytes) -> None:
    """Somebody got in from an address that many share: this attempt does not count."""
    at_subject = attempts.c.subject_sha256 == subject
    await tx.execute(attempts.update().where(at_subject).values(attempts=attempts.c.attempts - 1))


async def forget(tx: Tx, subject: bytes) -> None:
    """Somebody got in: start from none."""
    await tx.execute(delete(attempts).where(attempts.c.subject_sha256 == subject))
