"""Order that a customer's hashrate goes to the host's pool: for overdue invoices, in default, by a clause (CB-103)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.outbox import publish
from events.revenueguard import RedirectActivated
from revenueguard.domain.redirect import Order, Redirect, check_order
from revenueguard.store import contracts, debts, redirects


async def order_redirect(tx: Tx, organization_id: UUID, order: Order, *, at: datetime) -> Redirect:
    """The delinquency's row is locked: of many orders at once one gets through, and no default is cleared meanwhile."""
    await debts.known_customer(tx, order.customer_id)
    if order.contract_id is not None:
        await contracts.known_contract(tx, order.contract_id, order.customer_id)
    standing = await debts.delinquency(tx, order.customer_id, locked=True)
    owed = await debts.overdue(tx, order.customer_id)
    check_order(
        is_default=standing is not None and standing.is_default,
        overdue=len(owed),
        active=standing.redirect_id if standing else None,
    )
    redirect = Redirect(new_id(), order, at)
    await redirects.add(tx, organization_id, redirect, owed)
    await debts.note_redirect(tx, order.customer_id, redirect.id)
    event = RedirectActivated(
        customer_id=order.customer_id,
        redirect_id=redirect.id,
        contract_id=order.contract_id,
        clause=order.clause,
        reason=order.reason,
        since_at=at,
    )
    await publish(tx, organization_id, event, at=at, source="revenueguard")
    return redirect
