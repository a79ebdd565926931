"""`/v1/units/{id}/...`: where a machine goes, what becomes of it, and what it was before."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.http import Caller, IfMatch, Stale, Transaction, allow, etag, new_router
from common.listing import Instant, Page, page_of, paged
from common.organizations import business_now
from contracts.api.unit_schemas import Energizing, HistoryAnswer, HistoryList, Move, StateIn, UnitAnswer
from contracts.store import past, units
from contracts.store.past import Why
from contracts.store.units import Machine
from contracts.use_cases.energize_unit import energize_unit
from contracts.use_cases.place_unit import Destination, move_unit, set_state

router = new_router("units")
Kind = Literal["registered", "rating", "moved", "owner", "state", "identity", "energized"]


class Filter(BaseModel):
    """Which changes, by the instant from which they hold."""

    kind: list[Kind] | None = Query(None, max_length=10)
    from_at: Instant | None = None
    to_at: Instant | None = None


def _read(machine: Machine, version: int) -> Machine:
    if machine.version != version:
        raise Stale("The unit was changed meanwhile.", field="If-Match", remedy="read it again and repeat")
    return machine


def _shown(machine: Machine, response: Response) -> UnitAnswer:
    response.headers.update(etag(machine.version))
    return UnitAnswer.of(machine)


@router.post("/v1/units/{unit_id}/move", **allow("units.write"))
async def move(
    tx: Transaction, caller: Caller, unit_id: UUID, body: Move, version: IfMatch, response: Response
) -> UnitAnswer:
    """Move a machine to another place or site, as far as its power fits there."""
    at = await business_now(tx, caller.organization_id)
    machine = _read(await units.get(tx, unit_id, at), version)
    why = Why("moved", body.moved_at or at, body.reason, caller.subject)
    to = Destination(body.site_id, body.place_id)
    return _shown(await move_unit(tx, caller.organization_id, machine, to, why=why, at=at), response)


@router.post("/v1/units/{unit_id}/state", **allow("units.write"))
async def state(
    tx: Transaction, caller: Caller, unit_id: UUID, body: StateIn, version: IfMatch, response: Response
) -> UnitAnswer:
    """Say what has become of a machine: received, staged, unassigned, out of service, returned."""
    at = await business_now(tx, caller.organization_id)
    machine = _read(await units.get(tx, unit_id, at), version)
    why = Why("state", at, body.reason, caller.subject)
    return _shown(await set_state(tx, caller.organization_id, machine, body.state, why=why, at=at), response)


@router.post("/v1/units/{unit_id}/energize", **allow("units.write"))
async def energize(
    tx: Transaction, caller: Caller, unit_id: UUID, body: Energizing, version: IfMatch, response: Response
) -> UnitAnswer:
    """Note the day on which a machine begins to run; refused while the gate of its contract is closed (rule 6.2)."""
    at = await business_now(tx, caller.organization_id)
    machine = _read(await units.get(tx, unit_id, at), version)
    after = await energize_unit(tx, caller.organization_id, machine, body.on, by=caller.subject, at=at)
    return _shown(after, response)


@router.get("/v1/units/{unit_id}/history", **allow("units.read"))
async def history(
    tx: Transaction,
    caller: Caller,
    unit_id: UUID,
    page: Annotated[Page, paged(past.HISTORY)],
    wanted: Annotated[Filter, Query()],
) -> HistoryList:
    """Every change of a machine, usually the oldest first: its ratings with source and day, moves, owners, states."""
    await units.get(tx, unit_id, await business_now(tx, caller.organization_id))
    found = await past.history_of(tx, unit_id, page, dict(wanted))
    return HistoryList(**page_of([HistoryAnswer.of_row(row).model_dump() for row in found], page))
