"""Orders of redirect, what was overdue then, and their restorations: written once, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, insert, select

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from revenueguard.domain.redirect import Order, Redirect, Restoration
from revenueguard.store.debts import Debt
from revenueguard.store.tables import redirect_debts, redirects, restorations

_R = redirects.c
_OF_IT = and_(restorations.c.organization_id == _R.organization_id, restorations.c.redirect_id == _R.redirect_id)
_OVER = (restorations.c.restored_at, restorations.c.restored_by, restorations.c.reason.label("restore_reason"))


def _is_active(wanted: bool) -> ColumnElement[bool]:
    over = select(restorations.c.redirect_id).where(_OF_IT).correlate(redirects).exists()
    return ~over if wanted else over


LISTING = Listing(
    key=[_R.redirect_id],
    sorts={"since_at": _R.since_at, "customer_id": _R.customer_id},
    filters={
        "customer_id": _R.customer_id.__eq__,
        "contract_id": _R.contract_id.__eq__,
        "is_active": _is_active,
        "since_from_at": _R.since_at.__ge__,
        "since_to_at": _R.since_at.__lt__,
    },
    usual="-since_at",
)


def _all() -> Select[Any]:
    return select(*redirects.c, *_OVER).select_from(redirects.outerjoin(restorations, _OF_IT))


def _of_row(row: Any) -> Redirect:
    order = Order(row.customer_id, row.contract_id, row.reason, row.clause, row.ordered_by, row.approval_id)
    over = None if row.restored_at is None else Restoration(row.restore_reason, row.restored_by)
    return Redirect(row.redirect_id, order, row.since_at, row.restored_at, over)


async def get(tx: Tx, redirect_id: UUID) -> Redirect:
    row = (await tx.execute(_all().where(_R.redirect_id == redirect_id))).first()
    if row is None:
        raise NotFound(f"There is no redirect {redirect_id}.", field="redirect_id")
    return _of_row(row)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Redirect]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, _all(), wanted)]


async def debts_of(tx: Tx, redirect_ids: Collection[UUID]) -> dict[UUID, list[Debt]]:
    """What was overdue when each was ordered, the oldest due date first."""
    query = select(redirect_debts).where(redirect_debts.c.redirect_id.in_(redirect_ids))
    found: dict[UUID, list[Debt]] = {one: [] for one in redirect_ids}
    for r in await tx.execute(query.order_by(redirect_debts.c.due_on, redirect_debts.c.number)):
        found[r.redirect_id].append(Debt(r.invoice_id, r.number, r.currency, r.due_on, r.balance))
    return found


async def owed_for(tx: Tx, redirect_id: UUID) -> Sequence[Debt]:
    return (await debts_of(tx, [redirect_id]))[redirect_id]


async def add(tx: Tx, organization_id: UUID, redirect: Redirect, owed: Sequence[Debt]) -> None:
    order, of_it = redirect.order, {"organization_id": organization_id, "redirect_id": redirect.id}
    row = {
        "customer_id": order.customer_id,
        "contract_id": order.contract_id,
        "reason": order.reason,
        "clause": order.clause,
        "ordered_by": order.ordered_by,
        "approval_id": order.approval_id,
        "since_at": redirect.since_at,
    }
    await tx.execute(insert(redirects).values(of_it | row))
    rows = [
        {
            "invoice_id": debt.invoice_id,
            "customer_id": order.customer_id,
            "number": debt.number,
            "currency": debt.currency,
            "due_on": debt.due_on,
            "balance": debt.balance,
        }
        for debt in owed
    ]
    await tx.execute(insert(redirect_debts), [of_it | one for one in rows])


async def end(tx: Tx, organization_id: UUID, redirect: Redirect, restoration: Restoration, at: datetime) -> None:
    row = {
        "organization_id": organization_id,
        "redirect_id": redirect.id,
        "customer_id": redirect.order.customer_id,
        "reason": restoration.reason,
        "restored_by": restoration.by,
        "restored_at": at,
    }
    await tx.execute(insert(restorations).values(row))
