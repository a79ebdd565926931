"""`/v1/activity`: what happened, over all services, searchable."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from customers.api.instants import Instant
from customers.store import activity
from customers.store.activity import Reader

router = new_router("activity")


class ActivityAnswer(BaseModel):
    """One line of the feed. `subjects` names by id what the fact is about."""

    seq: int
    type: str
    at: AwareDatetime
    customer_id: UUID | None
    summary: str
    subjects: dict[str, str]


class ActivityList(BaseModel):
    items: list[ActivityAnswer]
    next: str | None


class Filter(BaseModel):
    """Which part of the feed; `type` may be the beginning of one, as in `invoicing.invoice`."""

    customer_id: UUID | None = None
    unit_id: UUID | None = None
    contract_id: UUID | None = None
    invoice_id: UUID | None = None
    ticket_id: UUID | None = None
    type: str | None = Query(None, max_length=80, pattern=r"^[a-z_.0-9]+$")
    q: str | None = Query(None, min_length=2, max_length=100)
    from_at: Instant | None = None
    to_at: Instant | None = None


@router.get("/v1/activity", **allow("activity.read"))
async def list_activity(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(activity.LISTING)], wanted: Annotated[Filter, Query()]
) -> ActivityList:
    """What the caller may read of, the newest first."""
    reader = Reader(caller.permissions, caller.customer_id is not None)
    rows = await activity.page(tx, reader, page, dict(wanted))
    shown = [ActivityAnswer(**row._mapping).model_dump() for row in rows]
    found: dict[str, Any] = page_of(shown, page)
    return ActivityList(**found)
