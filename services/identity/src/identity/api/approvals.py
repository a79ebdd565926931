"""`/v1/approvals`: what takes two people (credit, write-off, redirect, rate override, refund)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.http import Body, Caller, OwnDatabase, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from identity.api.access import OurGate
from identity.domain.approvals import Approval, ApprovalState
from identity.store import approvals
from identity.use_cases.four_eyes import Wanted, ask, decide

router = new_router("approvals")


class NewApproval(Body):
    """The very request that is to be made; another one is not opened by it."""

    permission: str = Field(max_length=60, examples=["credit.write"])
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(max_length=500, examples=["/v1/credits"])
    body: dict[str, Any] | None = None
    reason: str = Field(min_length=1, max_length=500)


class Decision(Body):
    """What is said to it."""

    note: str | None = Field(None, max_length=500)


class ApprovalAnswer(BaseModel):
    """What is asked for, word by word, by whom, and what another person said. Instants are real time."""

    id: UUID
    permission: str
    method: str
    path: str
    body: Any
    reason: str
    state: ApprovalState
    asked_by: UUID
    asked_at: datetime
    ends_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None

    @classmethod
    def of(cls, approval: Approval) -> ApprovalAnswer:
        return cls(**{name: getattr(approval, name) for name in cls.model_fields})


class Filter(BaseModel):
    """Which approvals, by when they were asked for."""

    state: list[ApprovalState] | None = Query(None, max_length=4)
    permission: str | None = Query(None, max_length=60)
    asked_by: UUID | None = None
    decided_by: UUID | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None


class ApprovalList(BaseModel):
    items: list[ApprovalAnswer]
    next: str | None


@router.post("/v1/approvals", status_code=201, **allow("approvals.ask"))
async def new(tx: Transaction, caller: Caller, body: NewApproval) -> ApprovalAnswer:
    """Ask another person for something. Once granted, make the request with `X-Hostbook-Approval`: it is done once."""
    wanted = Wanted(body.permission, body.method, body.path, body.body, body.reason)
    return ApprovalAnswer.of(await ask(tx, caller, wanted, now_at=wall_now()))


@router.get("/v1/approvals", **allow("approvals.read"))
async def list_approvals(
    tx: Transaction, page: Annotated[Page, paged(approvals.LISTING)], wanted: Annotated[Filter, Query()]
) -> ApprovalList:
    """What was asked for, usually the newest first."""
    found = await approvals.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [ApprovalAnswer.of(one).model_dump() for one in found]
    return ApprovalList(**page_of(rows, page))


async def _decided(
    database: OwnDatabase, caller: Caller, gate: OurGate, approval_id: UUID, said: tuple[ApprovalState, str | None]
) -> ApprovalAnswer:
    async with database.transaction(caller.tenant) as tx:
        decided = await decide(tx, caller, approval_id, said, now_at=wall_now())
    gate.forget_all()
    return ApprovalAnswer.of(decided)


@router.post("/v1/approvals/{approval_id}/grant", **allow("approvals.decide", transaction=False))
async def grant(
    database: OwnDatabase, caller: Caller, gate: OurGate, approval_id: UUID, body: Decision
) -> ApprovalAnswer:
    """Allow what another person asked for."""
    return await _decided(database, caller, gate, approval_id, (ApprovalState.GRANTED, body.note))


@router.post("/v1/approvals/{approval_id}/refuse", **allow("approvals.decide", transaction=False))
async def refuse(
    database: OwnDatabase, caller: Caller, gate: OurGate, approval_id: UUID, body: Decision
) -> ApprovalAnswer:
    """Refuse what another person asked for."""
    return await _decided(database, caller, gate, approval_id, (ApprovalState.REFUSED, body.note))
