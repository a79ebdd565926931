"""Move a machine, or say what has become of it: received, staged, unassigned, out of service, returned (CM-22)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from contracts.domain.sites import SiteCapacityExceeded
from contracts.domain.standing import moved_to
from contracts.domain.units import UnitState
from contracts.store import places, units
from contracts.store.past import Why
from contracts.store.units import Machine
from contracts.use_cases.register_unit import change_unit


@dataclass(frozen=True, slots=True)
class Destination:
    """A site, and where in it."""

    site_id: UUID
    place_id: UUID | None = None


async def move_unit(
    tx: Tx, organization_id: UUID, machine: Machine, to: Destination, *, why: Why, at: datetime
) -> Machine:
    """To another place, or another site, as far as its power fits there."""
    if to.site_id != machine.site_id:
        site = places.site_of(await places.site_row(tx, to.site_id))
        load_kw = (await units.connected_w(tx, to.site_id) + machine.unit.rated_w) / 1000
        if load_kw > site.capacity_kw:
            raise SiteCapacityExceeded(
                f"{site.name} carries {site.capacity_kw} kW; with this unit it would be {load_kw} kW.",
                field="site_id",
                remedy="another site, or raise its capacity",
            )
    moved = replace(
        machine,
        unit=replace(machine.unit, site_id=str(to.site_id)),
        site_id=to.site_id,
        place_id=to.place_id,
        version=machine.version + 1,
    )
    await change_unit(tx, organization_id, machine, moved, why=why, at=at)
    return (await units.of_ids(tx, [machine.unit_id], at))[0]


async def set_state(
    tx: Tx, organization_id: UUID, machine: Machine, state: UnitState, *, why: Why, at: datetime
) -> Machine:
    """Only along the allowed ways; what counts for a contract is only taken out of service."""
    is_held = machine.unit.state in (UnitState.ASSIGNED, UnitState.RESERVED)
    after = moved_to(machine.standing, state, is_held=is_held)
    changed = replace(machine, standing=after, version=machine.version + 1)
    await change_unit(tx, organization_id, machine, changed, why=why, at=at)
    return (await units.of_ids(tx, [machine.unit_id], at))[0]
