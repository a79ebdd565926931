"""Our copy of invoices (CB-83)."""

from decimal import Decimal
from uuid import UUID

from common.db import Tx
from events.invoicing import InvoiceIssued
from payments.domain.methods import preferred
from payments.store import invoices, methods


async def keep_issued(tx: Tx, organization_id: UUID, event: InvoiceIssued) -> bool:
    """Keeps the invoice; true when it is to be charged now: at the moment of issue, not on its due date."""
    amount_due = Decimal(event.amount_due)
    await invoices.keep(
        tx,
        organization_id,
        event.invoice_id,
        customer_id=event.customer_id,
        number=event.number,
        currency=event.currency,
        amount_due=amount_due,
        due_on=event.due_on,
        is_owed=amount_due > 0,
    )
    return amount_due > 0 and preferred(await methods.of_customer(tx, event.customer_id)) is not None


async def keep_reopened(tx: Tx, invoice_id: UUID) -> None:
    """Owed again; what was reversed is not collected automatically a second time."""
    await invoices.set_owed(tx, invoice_id, is_owed=True)


async def keep_ended(tx: Tx, invoice_id: UUID) -> None:
    """Settled, cancelled or written off: nothing more is collected."""
    await invoices.set_owed(tx, invoice_id, is_owed=False)
