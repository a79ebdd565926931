"""Add a machine, or change it: its rating counts from the instant of the change on, and its past is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from common.money import exact_text
from common.outbox import publish
from contracts.domain.places import OutletTaken, PlaceKind, PlaceOfAnotherSite
from contracts.domain.standing import UnitStillAssigned
from contracts.domain.units import UnitState
from contracts.store import assignments, past, places, units, yards
from contracts.store.past import Why
from contracts.store.units import Machine
from events.contracts import UnitRegistered

_PAST: dict[str, tuple[str, ...]] = {
    "rating": ("rated_w", "rated_ths", "efficiency_jth", "rating_source", "rated_on"),
    "moved": ("site_id", "place_id"),
    "owner": ("customer_id",),
    "state": ("state",),
    "identity": ("name", "model", "serial", "mac"),
    "energized": ("operational_on",),
}


class UnitNameTaken(Conflict):
    """Two machines of a host have different names, serial numbers and network addresses."""

    code = "unit_name_taken"


async def register_unit(tx: Tx, organization_id: UUID, machine: Machine, *, by: str = "", at: datetime) -> None:
    await check_unit(tx, machine)
    await units.add(tx, organization_id, machine)
    received = Why("registered", at, by=by)
    await past.note_unit(tx, organization_id, machine.unit_id, received, ({}, described(machine)))
    await publish(tx, organization_id, _fact(machine, None), at=at, source="contracts")


async def change_unit(
    tx: Tx, organization_id: UUID, before: Machine, machine: Machine, *, why: Why, at: datetime
) -> None:
    """`machine` carries the version after the change; what differs is noted, kind by kind."""
    await check_unit(tx, machine)
    await units.save(tx, machine)
    was, now = described(before), described(machine)
    rating_changed = False
    for kind, names in _PAST.items():
        old, new = ({name: one[name] for name in names} for one in (was, now))
        if old != new:
            said = Why(kind, why.effective_at, why.reason, why.by)
            await past.note_unit(tx, organization_id, machine.unit_id, said, (old, new))
            rating_changed = rating_changed or kind == "rating"
    fact = _fact(machine, at if rating_changed else None)
    await publish(tx, organization_id, fact, at=at, source="contracts")


async def check_owner(tx: Tx, before: Machine, machine: Machine, *, at: datetime) -> None:
    """Refuses a stranger as owner, and another one while a contract or draft holds the machine without a release."""
    owner = machine.unit.owner_customer_id
    if owner == before.unit.owner_customer_id:
        return
    stays = [one for one in await assignments.of_units(tx, [before.unit_id]) if one.stays_at(at)]
    if stays or before.unit.state is UnitState.RESERVED:
        raise UnitStillAssigned(
            "The unit counts for a contract, or is reserved for one; its owner stays until then.",
            field="customer_id",
            remedy="hand it over to the other contract, or release it first",
        )
    if owner is not None:
        await places.customer(tx, UUID(owner))


async def check_unit(tx: Tx, machine: Machine, known: set[tuple[str, str]] | None = None) -> None:
    """Refuses a machine that is known already, or has no place to stand.

    `known` are names that others of the same list have taken; those of this machine are added.
    """
    field = await units.taken(tx, machine)
    if known is not None:
        own = {(f, value) for f in ("name", "serial", "mac") if (value := getattr(machine, f)) is not None}
        field = field or min((f for f, _ in own & known), default=None)
        known |= own
    if field is not None:
        said = f"There is a unit with the {field} {getattr(machine, field)} already."
        raise UnitNameTaken(said, field=field, remedy=f"another {field}, or change that unit")
    await places.site_row(tx, machine.site_id)
    if machine.place_id is not None:
        place = await yards.get(tx, machine.place_id, for_change=True)
        if place.site_id != str(machine.site_id):
            raise PlaceOfAnotherSite(
                f"{place.path} lies in another site.", field="place_id", remedy="a place of the unit's site"
            )
        there = await units.at_place(tx, machine.place_id)
        if place.kind is PlaceKind.OUTLET and there not in (None, machine.unit_id):
            raise OutletTaken(f"The outlet {place.path} feeds a unit.", field="place_id", remedy="a free outlet")


def described(machine: Machine) -> dict[str, Any]:
    """A machine as its past tells of it."""
    unit = machine.unit
    return {
        "name": machine.name,
        "model": unit.model,
        "serial": machine.serial,
        "mac": machine.mac,
        "site_id": str(machine.site_id),
        "place_id": str(machine.place_id) if machine.place_id else None,
        "customer_id": unit.owner_customer_id,
        "state": machine.standing.value,
        "rated_w": exact_text(unit.rated_w),
        "rated_ths": exact_text(unit.rated_ths),
        "efficiency_jth": exact_text(unit.efficiency_jth) if unit.efficiency_jth is not None else None,
        "rating_source": machine.rating_source.value,
        "rated_on": machine.rated_on.isoformat() if machine.rated_on else None,
        "operational_on": machine.operational_on.isoformat() if machine.operational_on else None,
    }


def _fact(machine: Machine, rated_from_at: datetime | None) -> UnitRegistered:
    unit = machine.unit
    return UnitRegistered(
        unit_id=machine.unit_id,
        version=machine.version,
        name=machine.name,
        model=unit.model,
        site_id=machine.site_id,
        rated_w=exact_text(unit.rated_w),
        rated_ths=exact_text(unit.rated_ths),
        efficiency_jth=exact_text(unit.efficiency_jth) if unit.efficiency_jth is not None else None,
        owner="customer" if unit.owner_customer_id else "host",
        rated_from_at=rated_from_at,
        operational_on=machine.operational_on,
    )
