"""Add a machine, or change it: its rating counts from the instant of the change on."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from common.money import exact_text
from common.outbox import publish
from contracts.store import places, units
from contracts.store.units import Machine
from events.contracts import UnitRegistered


class UnitNameTaken(Conflict):
    """Two machines of a host have different names."""

    code = "unit_name_taken"


async def register_unit(tx: Tx, organization_id: UUID, machine: Machine, *, at: datetime) -> None:
    if await units.names_taken(tx, [machine.name]):
        raise UnitNameTaken(f"There is a unit {machine.name} already.", field="name", remedy="another name")
    await places.site_row(tx, machine.site_id)
    await units.add(tx, organization_id, machine)
    await publish(tx, organization_id, _fact(machine, None), at=at, source="contracts")


async def change_unit(tx: Tx, organization_id: UUID, machine: Machine, *, rating_changed: bool, at: datetime) -> None:
    """`machine` carries the version after the change."""
    await places.site_row(tx, machine.site_id)
    await units.save(tx, machine)
    fact = _fact(machine, at if rating_changed else None)
    await publish(tx, organization_id, fact, at=at, source="contracts")


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
