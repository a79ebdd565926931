"""Units to rows and back. What a unit is doing follows from its assignments and reservations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from common.money import exact_text
from contracts.domain.standing import AWAY
from contracts.domain.units import RatingSource, Unit, UnitState
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
    standing: UnitState = UnitState.STAGED
    place_id: UUID | None = None
    rating_source: RatingSource = RatingSource.NAMEPLATE
    rated_on: date | None = None

    @property
    def unit_id(self) -> UUID:
        return UUID(self.unit.unit_id)


def _state(row: Any, standing: UnitState) -> UnitState:
    if standing in AWAY:
        return standing
    if row.is_assigned:
        return UnitState.ASSIGNED
    return UnitState.RESERVED if row.is_reserved else standing


def _of_row(row: Any) -> Machine:
    standing = UnitState(row.standing)
    unit = Unit(
        unit_id=str(row.unit_id),
        serial=row.name,
        model=row.model,
        rated_w=Fraction(row.rated_w),
        rated_ths=Fraction(row.rated_ths),
        efficiency_jth=Fraction(row.efficiency_jth) if row.efficiency_jth is not None else None,
        owner_customer_id=str(row.customer_id) if row.customer_id else None,
        site_id=str(row.site_id),
        state=_state(row, standing),
    )
    return Machine(
        unit,
        row.name,
        row.site_id,
        row.serial,
        row.mac,
        row.operational_on,
        row.version,
        standing,
        row.place_id,
        RatingSource(row.rating_source),
        row.rated_on,
    )


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
        "standing": machine.standing.value,
        "place_id": machine.place_id,
        "rating_source": machine.rating_source.value,
        "rated_on": machine.rated_on,
        "operational_on": machine.operational_on,
    }


async def get(tx: Tx, unit_id: UUID, at: datetime) -> Machine:
    """The unit as it stands at an instant."""
    found = await of_ids(tx, [unit_id], at)
    if not found:
        raise NotFound(f"There is no unit {unit_id}.", field="unit_id", remedy="a unit of this organization")
    return found[0]


async def of_ids(tx: Tx, unit_ids: Sequence[UUID], at: datetime, *, for_change: bool = False) -> list[Machine]:
    """Those of the units that exist here, in the order of the ids; `for_change` locks them against other writers."""
    query = _query(at).where(units.c.unit_id.in_(unit_ids)).order_by(units.c.unit_id)
    rows = await tx.execute(query.with_for_update(of=units) if for_change else query)
    found = {row.unit_id: _of_row(row) for row in rows}
    return [found[u] for u in unit_ids if u in found]


async def taken(tx: Tx, machine: Machine) -> str | None:
    """The field by which another machine of the host is known already: name, serial or mac."""
    c = units.c
    known = [(field, value) for field in ("name", "serial", "mac") if (value := getattr(machine, field)) is not None]
    query = select(c.name, c.serial, c.mac).where(or_(*(c[f] == v for f, v in known)), c.unit_id != machine.unit_id)
    twins = (await tx.execute(query)).all()
    return next((field for field, value in known if any(getattr(twin, field) == value for twin in twins)), None)


async def note_assigned(tx: Tx, unit_ids: Sequence[UUID]) -> None:
    """A machine that counted for a contract is unassigned afterwards, not staged again."""
    staged = units.c.unit_id.in_(unit_ids) & (units.c.standing == UnitState.STAGED.value)
    await tx.execute(update(units).where(staged).values(standing=UnitState.UNASSIGNED.value))


async def at_place(tx: Tx, place_id: UUID) -> UUID | None:
    """A machine that stands there."""
    return (await tx.execute(select(units.c.unit_id).where(units.c.place_id == place_id))).scalars().first()


async def save(tx: Tx, machine: Machine) -> None:
    """Write a change made from the version before."""
    done = await tx.execute(
        update(units)
        .where(units.c.unit_id == machine.unit_id, units.c.version == machine.version - 1)
        .values(version=machine.version, **_values(machine, machine.unit))
    )
    if done.rowcount != 1:
        raise Stale("The unit was changed meanwhile.", remedy="read it again and repeat the change")


_U = units.c


def _counts_for(contract_id: UUID) -> ColumnElement[bool]:
    found = [select(t.c.unit_id).where(t.c.contract_id == contract_id) for t in (assignments, reservations)]
    return or_(*(_U.unit_id.in_(one) for one in found))


LISTING = Listing(
    key=[_U.unit_id],
    sorts={
        "added": _U.unit_id,
        "name": _U.name,
        "model": _U.model,
        "serial": _U.serial,
        "mac": _U.mac,
        "operational_on": _U.operational_on,
    },
    filters={
        **{name: _U[name].__eq__ for name in ("site_id", "customer_id", "place_id", "name", "serial", "mac")},
        "model": _U.model.in_,
        "owner": lambda _: _U.customer_id.is_(None),
        "contract_id": _counts_for,
        "q": lambda text: or_(*(_U[name].icontains(text, autoescape=True) for name in ("name", "serial", "mac"))),
        "operational_from_on": _U.operational_on.__ge__,
        "operational_to_on": _U.operational_on.__le__,
    },
    usual="added",
)


async def page(tx: Tx, page: Page, at: datetime, wanted: Mapping[str, Any]) -> Sequence[Machine]:
    """Those that are wanted, in the order asked for, each in its state at an instant."""
    shown, others = _query(at), {name: value for name, value in wanted.items() if name != "state"}
    if wanted["state"] is not None:
        shown = shown.where(or_(*(_in_state(shown, state) for state in wanted["state"])))
    return [_of_row(row) for row in await page.read(tx, shown, others)]


def _in_state(shown: Any, state: UnitState) -> ColumnElement[bool]:
    """Whether a machine is in a state, as `_state` finds it."""
    held, reserved = (column.element for column in shown.selected_columns[-2:])
    if state in AWAY:
        return _U.standing == state.value
    is_here = _U.standing.not_in([one.value for one in AWAY])
    if state is UnitState.ASSIGNED:
        return and_(is_here, held)
    if state is UnitState.RESERVED:
        return and_(is_here, reserved, ~held)
    return and_(is_here, ~held, ~reserved, _U.standing == state.value)


async def stock(tx: Tx, at: datetime) -> list[tuple[str, str, int, Fraction]]:
    """The host's own machines: model, state, how many, their rated power in W."""
    found: dict[tuple[str, str], tuple[int, Fraction]] = {}
    for row in await tx.execute(_query(at).where(units.c.customer_id.is_(None))):
        key = row.model, _state(row, UnitState(row.standing)).value
        count, power = found.get(key, (0, Fraction(0)))
        found[key] = count + 1, power + Fraction(row.rated_w)
    return [(model, state, count, power) for (model, state), (count, power) in sorted(found.items())]


async def connected_w(tx: Tx, site_id: UUID) -> Fraction:
    """The rated power of what stands in a site and is not away."""
    away = [one.value for one in AWAY]
    query = select(units.c.rated_w).where(units.c.site_id == site_id, units.c.standing.not_in(away))
    return sum((Fraction(w) for w in (await tx.execute(query)).scalars()), Fraction(0))
