"""`/v1/rederivations`: closed days derived again by order, and what that changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from common.http import Body, Caller, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from metering.store import rederivations
from metering.store.rederivations import Change, Rederivation
from metering.use_cases.order_rederivation import order_rederivation

router = new_router("rederivations")


class Order(Body):
    """Local days, both included; of one unit, or of all that were assigned then."""

    from_on: date
    to_on: date
    unit_id: UUID | None = None


class RederivationAnswer(BaseModel):
    """An order as far as it was carried out. `failed_count` units could not be derived and stay as they were."""

    id: UUID
    from_on: date
    to_on: date
    unit_id: UUID | None
    state: Literal["ordered", "done"]
    unit_count: int
    failed_count: int
    change_count: int
    asked_at: AwareDatetime
    done_at: AwareDatetime | None


class SpanAnswer(BaseModel):
    """What a span says: exact energy by method, hours under failover and unbilled ones, flags."""

    energy_kwh: dict[str, str]
    failover_hours: str
    unbilled_hours: str
    flags: list[str]


class ChangeAnswer(BaseModel):
    """A span that was published again; without `before` it is new, without `after` it was taken back."""

    unit_id: UUID
    contract_id: UUID
    day: date
    from_at: AwareDatetime
    to_at: AwareDatetime
    revision: int
    before: SpanAnswer | None
    after: SpanAnswer | None


class Filter(BaseModel):
    """Which changes, by local days, both included."""

    unit_id: UUID | None = None
    contract_id: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None


class ChangeList(BaseModel):
    """A page of changes by unit and time."""

    items: list[ChangeAnswer]
    next: str | None


@router.post("/v1/rederivations", status_code=202, **allow("meters.write"))
async def order(tx: Transaction, caller: Caller, body: Order) -> RederivationAnswer:
    """Derive the closed days among these again from the first read on. What differs is published."""
    at = await business_now(tx, caller.organization_id)
    days = (body.from_on, body.to_on)
    return _answer(await order_rederivation(tx, caller.organization_id, days, body.unit_id, at=at))


@router.get("/v1/rederivations/{rederivation_id}", **allow("meters.read"))
async def read_order(tx: Transaction, rederivation_id: UUID) -> RederivationAnswer:
    """How far an order is."""
    return _answer(await rederivations.get(tx, rederivation_id))


@router.get("/v1/rederivations/{rederivation_id}/changes", **allow("meters.read"))
async def list_changes(
    tx: Transaction,
    rederivation_id: UUID,
    page: Annotated[Page, paged(rederivations.CHANGES)],
    wanted: Annotated[Filter, Query()],
) -> ChangeList:
    """What an order changed so far, usually by unit and time."""
    await rederivations.get(tx, rederivation_id)
    found = await rederivations.changes(tx, rederivation_id, page, dict(wanted))
    return ChangeList(**page_of([_change(one).model_dump() for one in found], page))


def _answer(found: Rederivation) -> RederivationAnswer:
    names = [name for name in RederivationAnswer.model_fields if name != "id"]
    told = {name: getattr(found, name) for name in names}
    return RederivationAnswer.model_validate({"id": found.rederivation_id} | told)


def _change(one: Change) -> ChangeAnswer:
    return ChangeAnswer.model_validate({name: getattr(one, name) for name in ChangeAnswer.model_fields})
