"""Orders to derive days again, and what each of them changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update

from common.clock import instant_of, instant_text
from common.db import Tx
from common.errors import NotFound
from metering.store.order_tables import rederivation_changes, rederivations

_CHANGES = text("""
    select unit_id, contract_id, from_at, to_at, day, revision, before, after from rederivation_changes
    where rederivation_id = :id and (cast(:after_unit as uuid) is null
        or (unit_id, from_at, contract_id, to_at) > (:after_unit, :after_from, :after_contract, :after_to))
    order by unit_id, from_at, contract_id, to_at limit :most
""")


@dataclass(frozen=True, slots=True)
class Rederivation:
    """An order: days of one unit or of all. `state` is ordered or done."""

    rederivation_id: UUID
    from_on: date
    to_on: date
    unit_id: UUID | None
    asked_at: datetime
    state: str = "ordered"
    unit_count: int = 0
    failed_count: int = 0
    change_count: int = 0
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A span that now says something else; `before` or `after` None: it did not stand, or stands no longer."""

    unit_id: UUID
    contract_id: UUID
    from_at: datetime
    to_at: datetime
    day: date
    revision: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def cursor(self) -> str:
        return f"{self.unit_id} {instant_text(self.from_at)} {self.contract_id} {instant_text(self.to_at)}"


_FIELDS = [rederivations.c[name] for name in Rederivation.__slots__]


async def add(tx: Tx, organization_id: UUID, one: Rederivation) -> None:
    values = {name: getattr(one, name) for name in Rederivation.__slots__}
    await tx.execute(insert(rederivations).values(organization_id=organization_id, **values))


async def get(tx: Tx, rederivation_id: UUID) -> Rederivation:
    """The order; another organization's looks like none."""
    row = (await tx.execute(select(*_FIELDS).where(rederivations.c.rederivation_id == rederivation_id))).first()
    if row is None:
        raise NotFound(f"There is no rederivation {rederivation_id}.", field="rederivation_id")
    return Rederivation(*row)


async def put(tx: Tx, one: Rederivation) -> None:
    """Write down how far the order is."""
    names = ("state", "unit_count", "failed_count", "change_count", "done_at")
    values = {name: getattr(one, name) for name in names}
    await tx.execute(update(rederivations).where(rederivations.c.rederivation_id == one.rederivation_id).values(values))


async def add_changes(tx: Tx, organization_id: UUID, rederivation_id: UUID, found: Sequence[Change]) -> None:
    if found:
        rows = [
            {"organization_id": organization_id, "rederivation_id": rederivation_id}
            | {name: getattr(one, name) for name in Change.__slots__}
            for one in found
        ]
        await tx.execute(insert(rederivation_changes), rows)


async def changes_after(tx: Tx, rederivation_id: UUID, cursor: str | None, limit: int) -> list[Change]:
    """A page of an order's changes by unit and time, and one more."""
    parts = cursor.split(" ") if cursor else [None] * 4
    asked = {
        "id": rederivation_id,
        "after_unit": None if parts[0] is None else UUID(parts[0]),
        "after_from": None if parts[1] is None else instant_of(parts[1]),
        "after_contract": None if parts[2] is None else UUID(parts[2]),
        "after_to": None if parts[3] is None else instant_of(parts[3]),
        "most": limit + 1,
    }
    return [Change(*row) for row in await tx.execute(_CHANGES, asked)]
