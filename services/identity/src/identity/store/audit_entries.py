"""The audit log: added to, read, never changed (the database refuses it)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from identity.store.tables import api_keys, audit_entries, members


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search may name; instants are real time, half-open."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    service: str | None = None
    thing: str | None = None
    row_id: str | None = None
    subject: str | None = None
    operation: str | None = None
    customer_id: UUID | None = None


async def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Entries of one organization; one that is there already is left as it is."""
    await tx.execute(upsert(audit_entries).on_conflict_do_nothing(), list(rows))


async def people(tx: Tx, subjects: Sequence[str]) -> dict[str, str]:
    """`user:<id>` and `key:<id>` as people know them now: the address, or the key's name and its person's address."""
    ids = [UUID(subject.partition(":")[2]) for subject in set(subjects) if subject.startswith(("user:", "key:"))]
    known = select(func.concat("user:", members.c.person_id), members.c.email).where(members.c.person_id.in_(ids))
    by_key = select(
        func.concat("key:", api_keys.c.key_id),
        func.concat(api_keys.c.name, " (", func.coalesce(members.c.email, cast(api_keys.c.person_id, String)), ")"),
    ).outerjoin(members, members.c.person_id == api_keys.c.person_id)
    found = [*await tx.execute(known), *await tx.execute(by_key.where(api_keys.c.key_id.in_(ids)))]
    return {row[0]: row[1] for row in found}


def _sought(sought: Sought) -> Select[Any]:
    of, query = audit_entries.c, select(audit_entries)
    if sought.from_at is not None:
        query = query.where(of.occurred_at >= sought.from_at)
    if sought.to_at is not None:
        query = query.where(of.occurred_at < sought.to_at)
    for name in ("service", "thing", "row_id", "subject", "operation", "customer_id"):
        value = getattr(sought, name)
        if value is not None:
            query = query.where(of[name] == value)
    return query.order_by(of.occurred_at.desc(), of.entry_id.desc())


async def before(tx: Tx, sought: Sought, cursor: str | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """The newest first; the cursor is an entry's instant and id."""
    query = _sought(sought).limit(limit + 1)
    if cursor is not None:
        at, _, entry_id = cursor.partition("|")
        place = func.row(audit_entries.c.occurred_at, audit_entries.c.entry_id)
        query = query.where(place < func.row(datetime.fromisoformat(at), UUID(entry_id)))
    return list((await tx.execute(query)).mappings())


async def stream(tx: Tx, sought: Sought) -> AsyncIterator[Mapping[str, Any]]:
    """All of them, without holding them in memory."""
    async for row in (await tx.stream(_sought(sought))).mappings():
        yield row
