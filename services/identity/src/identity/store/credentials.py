"""API keys: found by the hash of what the caller shows, which is all that is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, cast, delete, false, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import Conflict, NotFound
from common.listing import Listing, Page
from identity.domain.api_keys import ApiKey
from identity.store.tables import api_keys

_KEY_FIELDS = (
    *("name", "prefix", "person_id", "role", "expires_on", "last_used_at"),
    *("site_id", "rate_per_minute", "replaces_id", "ends_at"),
)


def digest(secret: str) -> bytes:
    """SHA-256 suffices: what is hashed here are 200 random bits or more, not something a person chose."""
    return hashlib.sha256(secret.encode()).digest()


def _key_of(row: Any) -> ApiKey:
    values = {name: getattr(row, name) for name in _KEY_FIELDS}
    return ApiKey(id=row.key_id, permissions=frozenset(row.permissions), **values)


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


async def end_key_at(tx: Tx, key_id: UUID, ends_at: datetime) -> None:
    """Let a key go on for a while, until its successor is in use everywhere."""
    earlier = func.least(func.coalesce(api_keys.c.ends_at, ends_at), ends_at)
    await tx.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(ends_at=earlier))


async def has_successor(tx: Tx, key_id: UUID) -> bool:
    query = select(api_keys.c.key_id).where(api_keys.c.replaces_id == key_id)
    return (await tx.execute(query)).first() is not None


async def is_live(tx: Tx, key_id: UUID, now_at: datetime) -> bool:
    row = (await tx.execute(select(api_keys).where(api_keys.c.key_id == key_id))).first()
    return row is not None and not _key_of(row).is_over(now_at)


async def end_key(tx: Tx, key_id: UUID) -> None:
    await tx.execute(delete(api_keys).where(api_keys.c.key_id == key_id))


_K = api_keys.c
_OVER_AT = func.least(_K.ends_at, func.timezone("UTC", cast(_K.expires_on, DateTime)))
_OVER = func.coalesce(func.now() >= _OVER_AT, false())
KEYS = Listing(
    key=[_K.key_id],
    sorts={
        "added": _K.created_at,
        "name": func.lower(_K.name),
        "expires_on": _K.expires_on,
        "last_used_at": _K.last_used_at,
    },
    filters={
        "state": lambda state: _OVER if state == "over" else not_(_OVER),
        "role": _K.role.in_,
        "site_id": _K.site_id.__eq__,
        "q": lambda text: or_(*(_K[name].icontains(text, autoescape=True) for name in ("name", "prefix"))),
    },
    usual="added",
)


async def keys_page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[ApiKey]:
    """Those that are wanted, in the order asked for."""
    return [_key_of(row) for row in await page.read(tx, select(api_keys), wanted)]
