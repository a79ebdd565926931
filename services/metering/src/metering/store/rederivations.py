"""Orders to derive days again, and what each of them changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from metering.store.order_tables import rederivation_changes, rederivations


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


_C = rederivation_changes.c
CHANGES = Listing(
    key=[_C.unit_id, _C.from_at, _C.contract_id, _C.to_at],
    sorts={"unit_id": _C.unit_id, "from_at": _C.from_at},
    filters={
        "unit_id": _C.unit_id.__eq__,
        "contract_id": _C.contract_id.__eq__,
        "from_on": _C.day.__ge__,
        "to_on": _C.day.__le__,
    },
    usual="unit_id",
)


async def changes(tx: Tx, rederivation_id: UUID, page: Page, wanted: Mapping[str, Any]) -> list[Change]:
    """What an order changed, as far as it is wanted."""
    query = select(*(_C[name] for name in Change.__slots__)).where(_C.rederivation_id == rederivation_id)
    return [Change(*row) for row in await page.read(tx, query, wanted)]
