"""The audit log: added to, read, never changed (the database refuses it)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.listing import Listing, Page
from identity.store.tables import api_keys, audit_entries, members

_E = audit_entries.c
LISTING = Listing(
    key=[_E.entry_id],
    sorts={"occurred_at": _E.occurred_at},
    filters={
        **{name: _E[name].__eq__ for name in ("service", "thing", "row_id", "subject", "approval_id", "customer_id")},
        "operation": _E.operation.in_,
        "person": lambda text: _E.person.icontains(text, autoescape=True),
        "on_behalf_of": lambda text: _E.on_behalf_of.icontains(text, autoescape=True),
        "address": _E.address.__eq__,
        "from_at": _E.occurred_at.__ge__,
        "to_at": _E.occurred_at.__lt__,
    },
    usual="-occurred_at",
)


async def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Entries of one organization; one that is there already is left as it is."""
    await tx.execute(upsert(audit_entries).on_conflict_do_nothing(), list(rows))


async def people(tx: Tx, subjects: Sequence[str]) -> dict[str, str]:
    """`user:<id>` and `key:<id>` as people know them now: the address, or the key's name and its person's address."""
    named = (subject.partition(":")[2] for subject in set(subjects) if subject.startswith(("user:", "key:")))
    ids = [found for name in named if (found := _id(name)) is not None]
    known = select(func.concat("user:", members.c.person_id), members.c.email).where(members.c.person_id.in_(ids))
    by_key = select(
        func.concat("key:", api_keys.c.key_id),
        func.concat(api_keys.c.name, " (", func.coalesce(members.c.email, cast(api_keys.c.person_id, String)), ")"),
    ).outerjoin(members, members.c.person_id == api_keys.c.person_id)
    rows = [*await tx.execute(known), *await tx.execute(by_key.where(api_keys.c.key_id.in_(ids)))]
    return {row[0]: row[1] for row in rows}


def _id(name: str) -> UUID | None:
    """An odd one belongs to nobody, and holds up none of the others."""
    try:
        return UUID(name)
    except ValueError:
        return None


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Those that are wanted, in the order asked for."""
    return [dict(row._mapping) for row in await page.read(tx, select(audit_entries), wanted)]


async def stream(tx: Tx, wanted: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    """All that are wanted, the newest first, without holding them in memory."""
    newest = select(audit_entries).order_by(_E.occurred_at.desc(), _E.entry_id.desc())
    async for row in (await tx.stream(LISTING.narrowed(newest, wanted))).mappings():
        yield row
