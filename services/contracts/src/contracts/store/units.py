"""Units to rows and back. What a unit is doing follows from its assignments and reservations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.money import exact_text
from contracts.domain.units import Unit, UnitState
from contracts.store.tables import assignments, reservations, units


@dataclass(frozen=True, slots=True)
class Machine:
    """A unit as it is kept: its domain value, with name, identification and the version of the row."""

    unit: Unit
    name: str
    site_id: UUID
    serial: str | None
    mac: str | None
    operational_on: date | None
    version: int

    @property
    def unit_id(self) -> UUID:
        return UUID(self.unit.unit_id)


def _of_row(row: Any) -> Machine:
    state = UnitState.STAGED
    if row.is_out_of_service:
        state = UnitState.OUT_OF_SERVICE
    elif row.is_assigned:
        state = UnitState.ASSIGNED
    elif row.is_reserved:
        state = UnitState.RESERVED
    unit = Unit(
        unit_id=str(row.unit_id),
        serial=row.name,
        model=row.model,
        rated_w=Fraction(row.rated_w),
        rated_ths=Fraction(row.rated_ths),
        efficiency_jth=Fraction(row.efficiency_jth) if row.efficiency_jth is not None else None,
        owner_customer_id=str(row.customer_id) if row.customer_id else None,
        site_id=str(row.site_id),
        state=state,
    )
    return Machine(unit, row.name, row.site_id, row.serial, row.mac, row.operational_on, row.version)


def _query(at: datetime) -> Any:
    a = assignments.c
    held = exists().where(
        a.unit_id == units.c.unit_id, a.from_at <= at, or_(a.counts_to_at.is_(None), a.counts_to_at > at)
    )
    reserved = exists().where(reservations.c.unit_id == units.c.unit_id)
    return select(units, held.label("is_assigned"), reserved.label("is_reserved"))


async def add(tx: Tx, organization_id: UUID, machine: Machine) -> None:
    unit = machine.unit
    await tx.execute(
        insert(units).values(
            organization_id=organization_id, unit_id=machine.unit_id, version=machine.version, **_values(machine, unit)
        )
    )


def _values(machine: Machine, unit: Unit) -> dict[str, Any]:
    return {
        "name": machine.name,
        "model": unit.model,
        "serial": machine.serial,
        "mac": machine.mac,
        "site_id": machine.site_id,
        "rated_w": exact_text(unit.rated_w),
        "rated_ths": exact_text(unit.rated_ths),
        "efficiency_jth": exact_text(unit.efficiency_jth) if unit.efficiency_jth is not None else None,
        "customer_id": UUID(unit.owner_customer_id) if unit.owner_customer_id else None,
        "is_out_of_service": unit.state is UnitState.OUT_OF_SERVICE,
        "operational_on": machine.operational_on,
    }


async def get(tx: Tx, unit_id: UUID, at: datetime) -> Machine:
    """The unit as it stands at an instant."""
    found = await of_ids(tx, [unit_id], at)
    if not found:
        raise NotFound(f"There is no unit {unit_id}.", field="unit_id")
    return found[0]


async def of_ids(tx: Tx, unit_ids: Sequence[UUID], at: datetime, *, for_change: bool = False) -> list[Machine]:
    """Those of the units that exist here, in the order of the ids; `for_change` locks them against other writers."""
    query = _query(at).where(units.c.unit_id.in_(unit_ids)).order_by(units.c.unit_id)
    rows = await tx.execute(query.with_for_update(of=units) if for_change else query)
    found = {row.unit_id: _of_row(row) for row in rows}
    return [found[u] for u in unit_ids if u in found]


async def names_taken(tx: Tx, names: Sequence[str]) -> set[str]:
    return set((await tx.execute(select(units.c.name).where(units.c.name.in_(names)))).scalars())


async def save(tx: Tx, machine: Machine) -> None:
    """Write a change made from the version before."""
    done = await tx.execute(
        update(units)
        .where(units.c.unit_id == machine.unit_id, units.c.version == machine.version - 1)
        .values(version=machine.version, **_values(machine, machine.unit))
    )
    if done.rowcount != 1:
        raise Stale("The unit was changed meanwhile.", remedy="read it again and repeat the change")


async def page(tx: Tx, cursor: str | None, limit: int, at: datetime) -> Sequence[Machine]:
    query = _query(at).order_by(units.c.unit_id).limit(limit + 1)
    if cursor is not None:
        query = query.where(units.c.unit_id > UUID(cursor))
    return [_of_row(row) for row in await tx.execute(query)]
