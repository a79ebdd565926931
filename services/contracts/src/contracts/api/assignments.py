"""`/v1/assignments`: which unit counts for which contract, and when."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from common.money import exact_of
from common.organizations import business_now
from contracts.api.schemas import AssignmentAnswer, AssignmentList, NewAssignment, Release
from contracts.api.unit_schemas import HandOverAnswer, HandOverIn, Swap
from contracts.store import assignments
from contracts.store.past import Why
from contracts.use_cases.assign_unit import assign_unit, release_unit
from contracts.use_cases.hand_over_unit import hand_over_unit, swap_unit

router = new_router("assignments")


class Filter(BaseModel):
    """Which assignments; `site_id`: where the machine stands now."""

    contract_id: UUID | None = None
    unit_id: UUID | None = None
    customer_id: UUID | None = None
    site_id: UUID | None = None
    counts_at: Instant | None = Query(None, description="An instant at which the unit counts for the contract.")


@router.post("/v1/assignments", status_code=201, **allow("contracts.write"))
async def assign(tx: Transaction, caller: Caller, body: NewAssignment) -> AssignmentAnswer:
    """Let a unit count for an active contract from an instant on."""
    at = await business_now(tx, caller.organization_id)
    held = await assign_unit(tx, caller.organization_id, body.contract_id, body.unit_id, body.from_at, at=at)
    return AssignmentAnswer.of(held)


@router.post("/v1/assignments/{assignment_id}/release", **allow("contracts.write"))
async def release(tx: Transaction, caller: Caller, assignment_id: UUID, body: Release) -> AssignmentAnswer | None:
    """End an assignment at an instant; one that had not begun by then is forgotten, and the answer is null."""
    at = await business_now(tx, caller.organization_id)
    held = await release_unit(tx, caller.organization_id, assignment_id, body.to_at, at=at)
    return AssignmentAnswer.of(held) if held else None


@router.post("/v1/assignments/{assignment_id}/swap", status_code=201, **allow("contracts.write"))
async def swap(tx: Transaction, caller: Caller, assignment_id: UUID, body: Swap) -> HandOverAnswer:
    """Put another machine in place of this one at an instant (RMA); the contract goes on without a gap."""
    at = await business_now(tx, caller.organization_id)
    register = exact_of(body.register_kwh, field="register_kwh") if body.register_kwh is not None else None
    why = Why("state", body.at, body.reason, caller.subject)
    replacement = body.unit_id, body.old_unit_becomes, register
    done = await swap_unit(tx, caller.organization_id, assignment_id, replacement, why=why, at=at)
    return HandOverAnswer.of(done)


@router.post("/v1/assignments/{assignment_id}/hand-over", status_code=201, **allow("contracts.write"))
async def hand_over(tx: Transaction, caller: Caller, assignment_id: UUID, body: HandOverIn) -> HandOverAnswer:
    """Let the machine go on for another contract from an instant on; its energy is split there."""
    at = await business_now(tx, caller.organization_id)
    register = exact_of(body.register_kwh, field="register_kwh") if body.register_kwh is not None else None
    why = Why("owner", body.at, body.reason, caller.subject)
    done = await hand_over_unit(tx, caller.organization_id, assignment_id, (body.contract_id, register), why=why, at=at)
    return HandOverAnswer.of(done)


@router.get("/v1/assignments", **allow("contracts.read"))
async def list_assignments(
    tx: Transaction, page: Annotated[Page, paged(assignments.LISTING)], wanted: Annotated[Filter, Query()]
) -> AssignmentList:
    """Assignments, usually in the order in which they were made."""
    found = await assignments.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [AssignmentAnswer.of(h).model_dump() for h in found]
    return AssignmentList(**page_of(rows, page))
