"""`/v1/units`: the machines, the host's and the customers'."""

from typing import Any
from uuid import UUID

from fastapi import Response

from common.db import Tx
from common.errors import RuleBroken
from common.http import Caller, IfMatch, Paged, Transaction, allow, etag, new_router, page_of
from common.organizations import business_now
from contracts.api.schemas import NewUnits, Refusal, UnitAnswer, UnitChange, UnitFields, UnitList, UnitsAnswer
from contracts.store import units
from contracts.store.units import Machine
from contracts.use_cases.register_unit import change_unit, register_unit

router = new_router("units")


@router.post("/v1/units", status_code=201, **allow("units.write"))
async def add(tx: Transaction, caller: Caller, body: UnitFields, response: Response) -> UnitAnswer:
    """Add a machine."""
    at = await business_now(tx, caller.organization_id)
    machine = body.machine()
    await register_unit(tx, caller.organization_id, machine, at=at)
    response.headers.update(etag(1))
    return UnitAnswer.of(machine)


@router.post("/v1/units/batch", status_code=201, **allow("units.write"))
async def add_many(tx: Transaction, caller: Caller, body: NewUnits) -> UnitsAnswer:
    """Add many machines; those that are refused are named with the reason, the others are added."""
    at = await business_now(tx, caller.organization_id)
    added: list[UnitAnswer] = []
    refused: list[Refusal] = []
    for index, fields in enumerate(body.units):
        try:
            machine = fields.machine()
            await register_unit(tx, caller.organization_id, machine, at=at)
        except RuleBroken as error:
            refused.append(Refusal(index=index, field=error.field, message=error.message))
        else:
            added.append(UnitAnswer.of(machine))
    return UnitsAnswer(added=added, refused=refused)


@router.get("/v1/units", **allow("units.read"))
async def list_units(tx: Transaction, caller: Caller, page: Paged) -> UnitList:
    """The machines in the order in which they were added."""
    at = await business_now(tx, caller.organization_id)
    found = await units.page(tx, page.after, page.limit, at)
    rows: list[dict[str, Any]] = [UnitAnswer.of(m).model_dump() for m in found]
    return UnitList(**page_of(rows, page))


@router.get("/v1/units/{unit_id}", **allow("units.read"))
async def read(tx: Transaction, caller: Caller, unit_id: UUID, response: Response) -> UnitAnswer:
    """One machine."""
    machine = await _machine(tx, caller.organization_id, unit_id)
    response.headers.update(etag(machine.version))
    return UnitAnswer.of(machine)


@router.put("/v1/units/{unit_id}", **allow("units.write"))
async def change(
    tx: Transaction, caller: Caller, unit_id: UUID, body: UnitChange, version: IfMatch, response: Response
) -> UnitAnswer:
    """Change a machine: owner, place, rating, service. A new rating counts from now on."""
    at = await business_now(tx, caller.organization_id)
    before = (await _machine(tx, caller.organization_id, unit_id)).unit
    machine = body.machine(unit_id, version + 1, out_of_service=body.is_out_of_service)
    after = machine.unit
    rated = (before.rated_w, before.rated_ths, before.efficiency_jth)
    rating_changed = rated != (after.rated_w, after.rated_ths, after.efficiency_jth)
    await change_unit(tx, caller.organization_id, machine, rating_changed=rating_changed, at=at)
    response.headers.update(etag(machine.version))
    return UnitAnswer.of(await _machine(tx, caller.organization_id, unit_id))


async def _machine(tx: Tx, organization_id: UUID, unit_id: UUID) -> Machine:
    return await units.get(tx, unit_id, await business_now(tx, organization_id))
