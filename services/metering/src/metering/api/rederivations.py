"""`/v1/rederivations`: closed days derived again by order, and what that changed."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from common.errors import RuleBroken
from common.http import Body, Caller, Paged, Transaction, allow, new_router, page_of
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
async def list_changes(tx: Transaction, rederivation_id: UUID, page: Paged) -> ChangeList:
    """What an order changed so far."""
    await rederivations.get(tx, rederivation_id)
    try:
        found = await rederivations.changes_after(tx, rederivation_id, page.after, page.limit)
    except (ValueError, IndexError):
        raise RuleBroken("This cursor is not one of ours.", field="after", remedy="send `next` as it came") from None
    shown = page_of([{"one": one, "at": one.cursor} for one in found], page, key="at")
    return ChangeList(items=[_change(row["one"]) for row in shown["items"]], next=shown["next"])


def _answer(found: Rederivation) -> RederivationAnswer:
    names = [name for name in RederivationAnswer.model_fields if name != "id"]
    told = {name: getattr(found, name) for name in names}
    return RederivationAnswer.model_validate({"id": found.rederivation_id} | told)


def _change(one: Change) -> ChangeAnswer:
    return ChangeAnswer.model_validate({name: getattr(one, name) for name in ChangeAnswer.model_fields})
