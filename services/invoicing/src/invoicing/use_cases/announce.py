"""What invoicing tells of its invoices and of a customer's credit."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.envelope import Event
from events.invoicing import CreditChanged, InvoiceHeld, InvoiceIssued, InvoiceSettled
from invoicing.domain.invoice import InvoiceStatus
from invoicing.store.invoices import Kept


def about(kept: Kept) -> dict[str, Any]:
    """The fields that every event about an invoice has."""
    return {
        "invoice_id": kept.invoice_id,
        "customer_id": kept.customer_id,
        "number": kept.number or "",
        "currency": kept.currency,
    }


async def tell(tx: Tx, organization_id: UUID, event: Event, at: datetime) -> None:
    await publish(tx, organization_id, event, at=at, source="invoicing")


async def announce_issue(tx: Tx, organization_id: UUID, kept: Kept, *, on: date, at: datetime) -> None:
    """Issued, and settled with it where nothing is due."""
    invoice, head = kept.invoice, kept.invoice.head
    issued = InvoiceIssued(
        **about(kept),
        period=head.period,
        issued_on=head.issued_on,
        due_on=head.due_on,
        total=f"{invoice.total:f}",
        amount_due=f"{kept.balance:f}",
    )
    await tell(tx, organization_id, issued, at)
    if kept.status is InvoiceStatus.PAID:
        await tell(tx, organization_id, InvoiceSettled(**about(kept), settled_on=on), at)


async def announce_hold(tx: Tx, organization_id: UUID, kept: Kept, reason: str, *, at: datetime) -> None:
    held = InvoiceHeld(**about(kept), period=kept.invoice.head.period, total=f"{kept.invoice.total:f}", reason=reason)
    await tell(tx, organization_id, held, at)


async def announce_credit(
    tx: Tx, organization_id: UUID, whose: tuple[UUID, str], balances: tuple[Decimal, Decimal], reason: str, at: datetime
) -> None:
    """The credit balance before and after; silent where it did not move."""
    before, after = balances
    if before == after:
        return
    event = CreditChanged(
        customer_id=whose[0], currency=whose[1], balance=f"{after:f}", change=f"{after - before:f}", reason=reason
    )
    await tell(tx, organization_id, event, at)
