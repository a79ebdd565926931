"""Issued invoices whose due date is over become overdue (rule 7.2)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from events.invoicing import InvoiceOverdue
from invoicing.domain.invoice import InvoiceStatus, moved
from invoicing.store import invoices, locks
from invoicing.use_cases.announce import about, tell

PAGE = 200


async def past_due(tx: Tx, organization_id: UUID, *, at: datetime) -> list[UUID]:
    """A page of the invoices to be marked on the local day of an instant."""
    today = local_day(at, (await organization(tx, organization_id)).timezone)
    return list(await invoices.past_due(tx, today, PAGE))


async def mark_overdue(tx: Tx, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> None:
    """One invoice; nothing happens where it was paid meanwhile."""
    await locks.alone(tx, (await invoices.get(tx, invoice_id)).customer_id)
    kept = await invoices.get(tx, invoice_id)
    if kept.status is not InvoiceStatus.ISSUED or kept.balance <= 0:
        return
    kept = await invoices.save(tx, replace(kept, invoice=moved(kept.invoice, InvoiceStatus.OVERDUE)))
    event = InvoiceOverdue(**about(kept), due_on=kept.invoice.head.due_on, balance=f"{kept.balance:f}")
    await tell(tx, organization_id, event, at)
