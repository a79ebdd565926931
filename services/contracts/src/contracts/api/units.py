"""`/v1/units`: the machines, the host's and the customers'."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.db import Tx
from common.errors import RuleBroken
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from contracts.api.unit_schemas import (
    NewUnit,
    NewUnits,
    Refusal,
    StockAnswer,
    UnitAnswer,
    UnitChange,
    UnitList,
    UnitsAnswer,
)
from contracts.domain.units import UnitState
from contracts.store import units
from contracts.store.past import Why
from contracts.store.units import Machine
from contracts.use_cases.energize_unit import check_planned
from contracts.use_cases.register_unit import change_unit, check_owner, check_unit, register_unit

router = new_router("units")


@router.post("/v1/units", status_code=201, **allow("units.write"))
async def add(tx: Transaction, caller: Caller, body: NewUnit, response: Response) -> UnitAnswer:
    """Add a machine."""
    at = await business_now(tx, caller.organization_id)
    machine = body.new()
    await register_unit(tx, caller.organization_id, machine, by=caller.subject, at=at)
    response.headers.update(etag(1))
    return UnitAnswer.of(machine)


@router.post("/v1/units/batch", status_code=201, **allow("units.write"))
async def add_many(tx: Transaction, caller: Caller, body: NewUnits) -> UnitsAnswer:
    """Add many machines; those that are refused are named with the reason, the others are added."""
    at = await business_now(tx, caller.organization_id)
    added: list[UnitAnswer] = []
    refused: list[Refusal] = []
    known: set[tuple[str, str]] = set()
    for index, fields in enumerate(body.units):
        try:
            machine = fields.new()
            if body.dry_run:
                await check_unit(tx, machine, known)
            else:
                await register_unit(tx, caller.organization_id, machine, by=caller.subject, at=at)
        except RuleBroken as error:
            refused.append(Refusal(index=index, field=error.field, message=error.message, remedy=error.remedy))
        else:
            added.append(UnitAnswer.of(machine))
    return UnitsAnswer(added=added, refused=refused)


class Filter(BaseModel):
    """Which machines; `q` is looked for in names, serial numbers and MAC addresses."""

    site_id: UUID | None = None
    place_id: UUID | None = None
    customer_id: UUID | None = None
    contract_id: UUID | None = Query(None, description="That it counts for, counted for, or is reserved for.")
    owner: str | None = Query(None, pattern="^host$", description="`host`: the host's own.")
    model: list[str] | None = Query(None, max_length=50)
    state: list[UnitState] | None = Query(None, max_length=10)
    name: str | None = Query(None, max_length=200)
    serial: str | None = Query(None, max_length=200)
    mac: str | None = Query(None, max_length=40)
    q: str | None = Query(None, min_length=1, max_length=100)
    operational_from_on: date | None = None
    operational_to_on: date | None = None


@router.get("/v1/units", **allow("units.read"))
async def list_units(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(units.LISTING)], wanted: Annotated[Filter, Query()]
) -> UnitList:
    """The machines, usually in the order in which they were added."""
    at = await business_now(tx, caller.organization_id)
    found = await units.page(tx, page, at, dict(wanted))
    rows: list[dict[str, Any]] = [UnitAnswer.of(m).model_dump() for m in found]
    return UnitList(**page_of(rows, page))


@router.get("/v1/units/stock", **allow("units.read"))
async def stock(tx: Transaction, caller: Caller) -> StockAnswer:
    """The host's own machines by model and state: what can be leased, what is away."""
    return StockAnswer.of(await units.stock(tx, await business_now(tx, caller.organization_id)))


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
    """Change a machine: owner, place, rating, service. A new rating counts from now on.

    A day on which it begins to run may be planned; one that has come is refused while its contract's gate is closed.
    """
    at = await business_now(tx, caller.organization_id)
    before = replace(await _machine(tx, caller.organization_id, unit_id), version=version)
    machine = body.changed(before)
    await check_owner(tx, before, machine, at=at)
    if machine.operational_on not in (None, before.operational_on):
        await check_planned(tx, caller.organization_id, before, machine.operational_on, at=at)
    why = Why("changed", at, by=caller.subject)
    await change_unit(tx, caller.organization_id, before, machine, why=why, at=at)
    response.headers.update(etag(machine.version))
    return UnitAnswer.of(await _machine(tx, caller.organization_id, unit_id))


async def _machine(tx: Tx, organization_id: UUID, unit_id: UUID) -> Machine:
    return await units.get(tx, unit_id, await business_now(tx, organization_id))
