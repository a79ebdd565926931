"""Sessions and API keys: found by the hash of what the caller shows, which is all that is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import Conflict, NotFound
from identity.domain.api_keys import ApiKey
from identity.domain.sessions import Session
from identity.store.tables import api_keys, sessions

_KEY_FIELDS = ("name", "prefix", "person_id", "role", "expires_on", "last_used_at")


def digest(secret: str) -> bytes:
    """SHA-256 suffices: what is hashed here are 200 random bits or more, not something a person chose."""
    return hashlib.sha256(secret.encode()).digest()


def _key_of(row: Any) -> ApiKey:
    values = {name: getattr(row, name) for name in _KEY_FIELDS}
    return ApiKey(id=row.key_id, permissions=frozenset(row.permissions), **values)


async def add_session(tx: Tx, session: Session, token: str) -> None:
    await tx.execute(
        insert(sessions).values(
            organization_id=session.organization_id,
            session_id=session.id,
            token_sha256=digest(token),
            person_id=session.person_id,
            started_at=session.started_at,
            seen_at=session.seen_at,
        )
    )


async def session_of(tx: Tx, token: str) -> Session | None:
    """The session behind a cookie's value; to be asked at the gate."""
    row: Any = (await tx.execute(select(sessions).where(sessions.c.token_sha256 == digest(token)))).first()
    if row is None:
        return None
    return Session(row.session_id, row.organization_id, row.person_id, row.started_at, row.seen_at)


async def touch_session(tx: Tx, session_id: UUID, now_at: datetime) -> None:
    await tx.execute(update(sessions).where(sessions.c.session_id == session_id).values(seen_at=now_at))


async def end_session(tx: Tx, session_id: UUID) -> None:
    await tx.execute(delete(sessions).where(sessions.c.session_id == session_id))


async def end_sessions_before(tx: Tx, started_at: datetime) -> None:
    """Clear away the organization's sessions that are over anyway."""
    await tx.execute(delete(sessions).where(sessions.c.started_at < started_at))


async def add_key(tx: Tx, organization_id: UUID, key: ApiKey, secret: str) -> None:
    values = {name: getattr(key, name) for name in _KEY_FIELDS}
    query = upsert(api_keys).values(
        organization_id=organization_id,
        key_id=key.id,
        key_sha256=digest(secret),
        permissions=sorted(key.permissions),
        **values,
    )
    if (await tx.execute(query.on_conflict_do_nothing().returning(api_keys.c.key_id))).first() is None:
        raise Conflict(
            "This Idempotency-Key has made an API key already; a key is shown once.",
            field="Idempotency-Key",
            remedy="use a fresh key, and delete the API key that was lost",
        )


async def key_of(tx: Tx, secret: str) -> tuple[UUID, ApiKey] | None:
    """The key and the organization it is bound to; to be asked at the gate."""
    row: Any = (await tx.execute(select(api_keys).where(api_keys.c.key_sha256 == digest(secret)))).first()
    return (row.organization_id, _key_of(row)) if row else None


async def touch_key(tx: Tx, key_id: UUID, now_at: datetime) -> None:
    await tx.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=now_at))


async def key(tx: Tx, key_id: UUID) -> ApiKey:
    row = (await tx.execute(select(api_keys).where(api_keys.c.key_id == key_id))).first()
    if row is None:
        raise NotFound(f"There is no API key {key_id}.", field="key_id")
    return _key_of(row)


async def end_key(tx: Tx, key_id: UUID) -> None:
    await tx.execute(delete(api_keys).where(api_keys.c.key_id == key_id))


async def keys_after(tx: Tx, cursor: str | None, limit: int) -> Sequence[ApiKey]:
    query = select(api_keys).order_by(api_keys.c.key_id).limit(limit + 1)
    if cursor is not None:
        query = query.where(api_keys.c.key_id > UUID(cursor))
    return [_key_of(row) for row in await tx.execute(query)]
