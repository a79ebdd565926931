"""End a customer's delinquency: nothing is overdue any more, or a person decides so (CB-105)."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import Conflict
from common.outbox import publish
from events.revenueguard import DefaultCleared
from revenueguard.domain.redirect import check_clearing
from revenueguard.store import debts


class StillOwed(Conflict):
    """A default cannot be cleared by accident while money is overdue."""

    code = "still_owed"


async def clear_default(
    tx: Tx, organization_id: UUID, customer_id: UUID, reason: str, *, at: datetime, in_spite_of_debt: bool = False
) -> bool:
    """False, and nothing done, where the customer is in good standing already; refused while a redirect is active."""
    before = await debts.delinquency(tx, customer_id, locked=True)
    check_clearing(before.redirect_id if before else None)
    owed = await debts.overdue(tx, customer_id)
    if owed and not in_spite_of_debt:
        raise StillOwed(
            f"{len(owed)} invoices of this customer are overdue.", field="customer_id", remedy="say `force` to clear it"
        )
    if before is None:
        return False
    if owed:  # the steps taken stay: the same reminders are not sent again for the same debt
        await debts.lift_default(tx, customer_id)
    else:
        await debts.end_delinquency(tx, customer_id)
    if before.is_default:
        event = DefaultCleared(customer_id=customer_id, reason=reason)
        await publish(tx, organization_id, event, at=at, source="revenueguard")
    return before.is_default
