"""`/v1/redirects`: a customer's hashrate goes to the host's pool until the debt is paid (CB-103 to CB-105)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from common.organizations import business_now
from revenueguard.api.redirect_schemas import (
    NewRedirect,
    RedirectAnswer,
    RedirectList,
    RestoredRedirect,
    RestoreRedirect,
)
from revenueguard.domain.redirect import Restoration, totals
from revenueguard.store import debts, redirects
from revenueguard.use_cases.order_redirect import order_redirect
from revenueguard.use_cases.restore_redirect import restore_redirect

router = new_router("redirects")
ORDER = "redirects.write"


class Filter(BaseModel):
    """Which redirects, by when they were ordered."""

    customer_id: UUID | None = None
    contract_id: UUID | None = None
    is_active: bool | None = None
    since_from_at: Instant | None = None
    since_to_at: Instant | None = None


@router.post("/v1/redirects", status_code=201, **allow(ORDER))
async def order(tx: Transaction, caller: Caller, body: NewRedirect) -> RedirectAnswer:
    """Order that the hashrate of a customer in default goes to the host's pool, for the invoices that are overdue."""
    was_held = not caller.may(ORDER)  # and let through: by the approval that came along
    approval_id = UUID(caller.approved[0]) if was_held and caller.approved else None
    at = await business_now(tx, caller.organization_id)
    ordered = body.order(caller.subject, approval_id)
    redirect = await order_redirect(tx, caller.organization_id, ordered, at=at)
    return RedirectAnswer.of(redirect, await redirects.owed_for(tx, redirect.id), caller)


@router.post("/v1/redirects/{redirect_id}/restore", **allow("guard.write"))
async def restore(tx: Transaction, caller: Caller, redirect_id: UUID, body: RestoreRedirect) -> RestoredRedirect:
    """Take the redirect off; one person is enough, and what is overdue still is no hindrance but told."""
    at = await business_now(tx, caller.organization_id)
    restoration = Restoration(body.reason, caller.subject)
    await restore_redirect(tx, caller.organization_id, redirect_id, restoration, at=at)
    redirect = await redirects.get(tx, redirect_id)
    owed = await redirects.owed_for(tx, redirect_id)
    still = await debts.overdue(tx, redirect.order.customer_id)
    return RestoredRedirect.of(redirect, owed, caller).warned(totals((d.currency, d.balance) for d in still))


@router.get("/v1/redirects", **allow("redirects.read"))
async def list_redirects(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(redirects.LISTING)], wanted: Annotated[Filter, Query()]
) -> RedirectList:
    """Redirects, the newest first; customers' people see their own, without what is the host's."""
    found = await redirects.page(tx, page, dict(wanted))
    owed = await redirects.debts_of(tx, [one.id for one in found])
    rows: list[dict[str, Any]] = [RedirectAnswer.of(one, owed[one.id], caller).model_dump() for one in found]
    return RedirectList(**page_of(rows, page))


@router.get("/v1/redirects/{redirect_id}", **allow("redirects.read"))
async def read_redirect(tx: Transaction, caller: Caller, redirect_id: UUID) -> RedirectAnswer:
    """One redirect, with what was overdue when it was ordered."""
    redirect = await redirects.get(tx, redirect_id)
    return RedirectAnswer.of(redirect, await redirects.owed_for(tx, redirect_id), caller)
