"""`/v1/portal-views`: look at the portal as a customer sees it, and see who looked (CM-17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.http import Body, Caller, OwnDatabase, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from identity.api.access import leave_cookie, new_token
from identity.domain.portal_view import PortalView
from identity.domain.sessions import Audience, Level, Session
from identity.store import portal_views
from identity.use_cases.view_portal import view_portal

router = new_router("portal-views")


class NewView(Body):
    """Which customer's portal, and why: the customer may read it."""

    customer_id: UUID
    reason: str = Field(min_length=1, max_length=500, examples=["Ticket 42: the invoice of March"])


class ViewAnswer(BaseModel):
    """Who of the host looked at which customer's portal. Instants are real time."""

    id: UUID
    customer_id: UUID
    person_name: str
    reason: str
    started_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, view: PortalView) -> ViewAnswer:
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class Filter(BaseModel):
    """Which looks, by when they began; `q` is looked for in the name of who looked and in the reason."""

    customer_id: UUID | None = None
    q: str | None = Query(None, min_length=1, max_length=100)
    from_at: Instant | None = None
    to_at: Instant | None = None


class ViewList(BaseModel):
    items: list[ViewAnswer]
    next: str | None


@router.post("/v1/portal-views", status_code=201, **allow("portal_views.write", transaction=False))
async def look(database: OwnDatabase, caller: Caller, body: NewView, response: Response) -> ViewAnswer:
    """Open a session of the portal that reads alone, for half an hour; it is noted, and the customer sees it."""
    token, now_at = new_token(), wall_now()
    async with database.transaction(caller.tenant) as tx:
        view = await view_portal(tx, caller, body.customer_id, body.reason, token, now_at=now_at)
    session = Session(
        view.id, caller.organization_id, view.person_id, Audience.PORTAL, Level.STRONG, now_at, now_at, now_at,
        view_id=view.id,
    )  # fmt: skip
    leave_cookie(response, session, token)
    return ViewAnswer.of(view)


@router.get("/v1/portal-views", **allow("portal_views.read"))
async def list_views(
    tx: Transaction, page: Annotated[Page, paged(portal_views.LISTING)], wanted: Annotated[Filter, Query()]
) -> ViewList:
    """Who looked, usually the newest first; a customer's people see who looked at their own."""
    found = await portal_views.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [ViewAnswer.of(view).model_dump() for view in found]
    return ViewList(**page_of(rows, page))
