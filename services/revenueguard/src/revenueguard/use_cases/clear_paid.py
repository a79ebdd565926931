"""Nothing is overdue any more: take the redirect off, then clear the default, in this order (CB-105)."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from revenueguard.domain.redirect import PAID, Restoration
from revenueguard.store import debts
from revenueguard.use_cases.clear_default import clear_default
from revenueguard.use_cases.restore_redirect import restore_redirect


async def clear_paid(tx: Tx, organization_id: UUID, customer_id: UUID, *, at: datetime) -> None:
    """Nothing is done where something fell due meanwhile."""
    standing = await debts.delinquency(tx, customer_id, locked=True)
    if standing is None or await debts.overdue(tx, customer_id):
        return
    if standing.redirect_id is not None:
        await restore_redirect(tx, organization_id, standing.redirect_id, Restoration(PAID, None), at=at)
    await clear_default(tx, organization_id, customer_id, PAID, at=at)
