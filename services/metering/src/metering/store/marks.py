"""Marks: which units' closed days must be derived again, and since when. One row a unit; later marks widen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_ADD = text("""
    insert into marks (organization_id, unit_id, reads_from, reads_to, facts_from, facts_to)
    values (:organization, :unit_id, :reads_from, :reads_to, :facts_from, :facts_to)
    on conflict (organization_id, unit_id) do update set
        reads_from = least(marks.reads_from, excluded.reads_from),
        reads_to = greatest(marks.reads_to, excluded.reads_to),
        facts_from = least(marks.facts_from, excluded.facts_from),
        facts_to = greatest(marks.facts_to, excluded.facts_to)
""")
_TAKE = text("""
    delete from marks where unit_id in (select unit_id from marks order by unit_id limit :most)
    returning unit_id, reads_from, reads_to, facts_from, facts_to
""")
_ANY = text("select exists (select from marks)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What came late for a unit: reads within [reads_from, reads_to], other facts that concern [facts_from, facts_to).

    An end without its beginning does not occur; None is "nothing came".
    """

    unit_id: UUID
    reads_from: datetime | None = None
    reads_to: datetime | None = None
    facts_from: datetime | None = None
    facts_to: datetime | None = None


async def add(tx: Tx, organization_id: UUID, found: Sequence[Mark]) -> None:
    """Widen the marks of the units by these."""
    if found:
        rows = [
            {
                "organization": organization_id,
                "unit_id": one.unit_id,
                "reads_from": one.reads_from,
                "reads_to": one.reads_to,
                "facts_from": one.facts_from,
                "facts_to": one.facts_to,
            }
            for one in sorted(found, key=lambda one: one.unit_id)
        ]
        await tx.execute(_ADD, rows)


async def take(tx: Tx, most: int) -> list[Mark]:
    """Remove some marks, and answer them: the caller derives what they ask for in the same transaction."""
    return [Mark(*row) for row in await tx.execute(_TAKE, {"most": most})]


async def any_left(tx: Tx) -> bool:
    """Whether some unit is still marked."""
    return bool((await tx.execute(_ANY)).scalar())
