"""The invoice of one prepaid cycle of one batch, issued in advance (rules 6.2, 6.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from common.money import minor_unit
from invoicing.domain.cycles import Batch
from invoicing.domain.invoice import Head, Invoice, drafted
from invoicing.domain.late_fee import LateInvoice, late_fee_lines
from invoicing.domain.lines import Line
from invoicing.domain.prepayment import charge_line, held_line, held_shares, release_line
from invoicing.domain.reconcile import UsageByUnit, adjustment_lines
from invoicing.domain.settings import BillingSettings


@dataclass(frozen=True, slots=True)
class CycleBill:
    """What the invoice of a batch's cycle is made of.

    `usage` covers the cycles up to two back; `posted` holds earlier adjustments by cycle key; `held` what was
    prepaid by unit (absent: as the first invoice holds it); `unreturned` units that ended after their final invoice;
    `changed` the older cycles whose evidence changed (absent: all are looked at).
    """

    batch: Batch
    number: int
    usage: UsageByUnit = field(default_factory=dict)
    posted: Mapping[str, Decimal] = field(default_factory=dict)
    held: Mapping[str, Decimal] | None = None
    unreturned: frozenset[str] = frozenset()
    late: Sequence[LateInvoice] = ()
    changed: frozenset[int] | None = None


def cycle_invoice(bill: CycleBill, settings: BillingSettings) -> Invoice | None:
    """The draft, or none: a late fee alone makes no invoice."""
    batch, number = bill.batch, bill.number
    cycle = batch.cycle(number)
    issued_on = cycle.first_on - timedelta(days=settings.due_days)
    own = [*_prepayments(bill), *adjustment_lines(batch, number, bill.usage, bill.posted, bill.changed)]
    if not own:
        return None
    decimals = minor_unit(batch.terms.currency)
    head = Head(
        customer_id=batch.terms.customer_id,
        currency=batch.terms.currency,
        period=batch.cycle_key(number),
        first_on=cycle.first_on,
        last_on=cycle.last_on,
        issued_on=issued_on,
        due_on=cycle.first_on,
    )
    return drafted(head, (*own, *late_fee_lines(bill.late, issued_on, settings, decimals)), settings)


def _prepayments(bill: CycleBill) -> list[Line]:
    """The cycle's charge; on the first invoice the last cycle too; on a unit's final one minus what was held."""
    charge = charge_line(bill.batch, bill.number)
    held = held_line(bill.batch) if bill.number == 1 else None
    shares = held_shares(bill.batch) if bill.held is None else bill.held
    release = release_line(bill.batch, bill.number, shares, bill.unreturned) if bill.number > 1 else None
    return [line for line in (charge, held, release) if line is not None]
