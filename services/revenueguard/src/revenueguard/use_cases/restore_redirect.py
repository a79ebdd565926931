"""Let a customer's machines mine for the customer again: the safe direction, possible at any time (CB-105, CB-106)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.revenueguard import RedirectRestored
from revenueguard.domain.redirect import AlreadyRestored, Restoration
from revenueguard.store import debts, redirects


async def restore_redirect(
    tx: Tx, organization_id: UUID, redirect_id: UUID, restoration: Restoration, *, at: datetime
) -> None:
    customer_id = (await redirects.get(tx, redirect_id)).order.customer_id
    standing = await debts.delinquency(tx, customer_id, locked=True)
    redirect = await redirects.get(tx, redirect_id)  # as it stands now that nobody else changes it
    if standing is None or standing.redirect_id != redirect_id:
        raise AlreadyRestored(
            f"This redirect was restored at {redirect.restored_at:%Y-%m-%d %H:%M} UTC.",
            field="redirect_id",
            remedy="nothing is to be done",
        )
    await redirects.end(tx, organization_id, redirect, restoration, at)
    await debts.note_redirect(tx, customer_id, None)
    event = RedirectRestored(customer_id=customer_id, redirect_id=redirect_id, reason=restoration.reason)
    await publish(tx, organization_id, event, at=at, source="revenueguard")
