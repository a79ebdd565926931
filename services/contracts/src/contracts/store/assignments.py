"""Reservations and assignments to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from contracts.domain.assignments import Assignment, Reservation
from contracts.store.tables import assignments, reservations, units


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment as it is kept; `counts_to_at` is where it ends as its contract stands now."""

    assignment_id: UUID
    customer_id: UUID
    assignment: Assignment
    counts_to_at: datetime | None

    @property
    def as_counted(self) -> Assignment:
        """The assignment as far as it counts."""
        one = self.assignment
        return Assignment(one.unit_id, one.contract_id, one.from_at, self.counts_to_at)

    def stays_at(self, at: datetime) -> bool:
        """Whether it counts at `at` or later without a release that is arranged."""
        return self.assignment.to_at is None and (self.counts_to_at is None or self.counts_to_at > at)


def _of_row(row: Any) -> Held:
    one = Assignment(str(row.unit_id), str(row.contract_id), row.from_at, row.to_at)
    return Held(row.assignment_id, row.customer_id, one, row.counts_to_at)


async def add(tx: Tx, organization_id: UUID, held: Held) -> None:
    one = held.assignment
    await tx.execute(
        insert(assignments).values(
            organization_id=organization_id,
            assignment_id=held.assignment_id,
            unit_id=UUID(one.unit_id),
            contract_id=UUID(one.contract_id),
            customer_id=held.customer_id,
            from_at=one.from_at,
            to_at=one.to_at,
            counts_to_at=held.counts_to_at,
        )
    )


async def get(tx: Tx, assignment_id: UUID) -> Held:
    query = select(assignments).where(assignments.c.assignment_id == assignment_id).with_for_update()
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound(
            f"There is no assignment {assignment_id}.", field="assignment_id", remedy="an assignment of a unit here"
        )
    return _of_row(row)


async def save(tx: Tx, held: Held) -> None:
    await tx.execute(
        update(assignments)
        .where(assignments.c.assignment_id == held.assignment_id)
        .values(to_at=held.assignment.to_at, counts_to_at=held.counts_to_at)
    )


async def drop(tx: Tx, assignment_id: UUID) -> None:
    """Forget an assignment that never began to count."""
    await tx.execute(delete(assignments).where(assignments.c.assignment_id == assignment_id))


async def of_contract(tx: Tx, contract_id: UUID) -> list[Held]:
    query = select(assignments).where(assignments.c.contract_id == contract_id)
    return [_of_row(r) for r in await tx.execute(query.order_by(assignments.c.from_at, assignments.c.assignment_id))]


async def of_units(tx: Tx, unit_ids: Sequence[UUID]) -> list[Held]:
    query = select(assignments).where(assignments.c.unit_id.in_(unit_ids))
    return [_of_row(r) for r in await tx.execute(query)]


_A = assignments.c
LISTING = Listing(
    key=[_A.assignment_id],
    sorts={"added": _A.assignment_id, "from_at": _A.from_at, "to_at": _A.to_at},
    filters={
        **{name: _A[name].__eq__ for name in ("contract_id", "unit_id", "customer_id")},
        "site_id": lambda site_id: _A.unit_id.in_(select(units.c.unit_id).where(units.c.site_id == site_id)),
        "counts_at": lambda at: and_(_A.from_at <= at, or_(_A.counts_to_at.is_(None), _A.counts_to_at > at)),
    },
    usual="added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Held]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(r) for r in await page.read(tx, select(assignments), wanted)]


async def reserved_units(tx: Tx, contract_id: UUID) -> list[UUID]:
    query = select(reservations.c.unit_id).where(reservations.c.contract_id == contract_id)
    return list((await tx.execute(query.order_by(reservations.c.unit_id))).scalars())


async def reservations_of(tx: Tx, unit_ids: Sequence[UUID]) -> list[Reservation]:
    query = select(reservations).where(reservations.c.unit_id.in_(unit_ids))
    return [Reservation(str(r.unit_id), str(r.contract_id)) for r in await tx.execute(query)]


async def reserve(tx: Tx, organization_id: UUID, contract_id: UUID, unit_ids: Sequence[UUID]) -> None:
    rows = [{"organization_id": organization_id, "contract_id": contract_id, "unit_id": u} for u in unit_ids]
    if rows:
        await tx.execute(insert(reservations), rows)


async def release_reservations(tx: Tx, contract_id: UUID) -> None:
    await tx.execute(delete(reservations).where(reservations.c.contract_id == contract_id))
