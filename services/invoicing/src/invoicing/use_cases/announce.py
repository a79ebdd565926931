"""What invoicing tells of its invoices and of a customer's credit."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db import Tx
from common.outbox import publish_all
from events.envelope import Event
from events.invoicing import CreditChanged, InvoiceHeld, InvoiceIssued, InvoiceSettled
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.lines import CHARGED, LineKind
from invoicing.store.invoices import Kept

SOURCE = "invoicing"


def about(kept: Kept) -> dict[str, Any]:
    """The fields that every event about an invoice has."""
    return {
        "invoice_id": kept.invoice_id,
        "customer_id": kept.customer_id,
        "number": kept.number or "",
        "currency": kept.currency,
    }


async def tell(tx: Tx, organization_id: UUID, event: Event, at: datetime) -> None:
    await tell_all(tx, organization_id, [event], at)


async def tell_all(tx: Tx, organization_id: UUID, events: Sequence[Event], at: datetime) -> None:
    """Facts of one instant, in their order."""
    await publish_all(tx, organization_id, events, at=at, source=SOURCE)


def issue_events(kept: Kept, on: date) -> list[Event]:
    """Issued, and settled with it where nothing is due."""
    invoice, head = kept.invoice, kept.invoice.head
    issued = InvoiceIssued(
        **about(kept),
        period=head.period,
        issued_on=head.issued_on,
        due_on=head.due_on,
        total=f"{invoice.total:f}",
        amount_due=f"{kept.balance:f}",
        charge_ids=[UUID(line.refers_to) for line in invoice.lines if line.kind in CHARGED and line.refers_to],
        **_cycle(invoice),
    )
    if kept.status is not InvoiceStatus.PAID:
        return [issued]
    return [issued, InvoiceSettled(**about(kept), settled_on=on)]


def _cycle(invoice: Invoice) -> dict[str, Any]:
    """Of a prepaid cycle's invoice: contract, number of the cycle, and the units that it charges (rule 6.2)."""
    contract_id, _, rest = invoice.head.period.partition("/")
    if not rest:
        return {}
    units = (unit_id for line in invoice.lines if line.kind is LineKind.PREPAYMENT for unit_id, _ in line.units)
    number = int(rest.rpartition("/")[2])
    return {"contract_id": contract_id, "cycle": number, "unit_ids": list(dict.fromkeys(units))}


def hold_event(kept: Kept) -> Event:
    total = f"{kept.invoice.total:f}"
    return InvoiceHeld(**about(kept), period=kept.invoice.head.period, total=total, reason=kept.held_because or "")


def credit_events(whose: tuple[UUID, str], balances: tuple[Decimal, Decimal], reason: str) -> list[Event]:
    """The credit balance before and after; none where it did not move."""
    before, after = balances
    if before == after:
        return []
    event = CreditChanged(
        customer_id=whose[0], currency=whose[1], balance=f"{after:f}", change=f"{after - before:f}", reason=reason
    )
    return [event]
