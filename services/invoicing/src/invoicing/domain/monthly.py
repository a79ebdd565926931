"""The monthly invoice of one customer in one currency, the preview and the real one alike (rules 7.1 to 7.5, 7.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from common.money import minor_unit, round_half_up
from invoicing.domain.adjustment import Posted, Recomputed, adjustment_lines
from invoicing.domain.charges import Charge, due_charges, service_line
from invoicing.domain.exact import exact_sum
from invoicing.domain.invoice import Head, Invoice, InvoiceStatus, drafted
from invoicing.domain.late_fee import LateInvoice, late_fee_lines
from invoicing.domain.lines import Line
from invoicing.domain.periods import Period
from invoicing.domain.rated import Rated, Source
from invoicing.domain.rating import STEPS, Step, rate
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import Plan
from invoicing.domain.variance import variance_of

HOURS_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Month:
    """What the invoice of a customer, period and currency is made of.

    `sources` are all the customer's contracts in that currency, in their order; `charges` the unbilled ones of any of
    them; `recomputed` older periods oldest first, with what was `posted`; `late` earlier invoices in their order.
    """

    customer_id: str
    currency: str
    period: Period
    sources: Sequence[Source]
    charges: Sequence[Charge] = ()
    recomputed: Sequence[Recomputed] = ()
    posted: Posted | None = None
    late: Sequence[LateInvoice] = ()


def monthly_invoice(month: Month, settings: BillingSettings, steps: Sequence[Step] = STEPS) -> Invoice | None:
    """The draft, or none where nothing is billable; refuses (`RuleBroken`) what cannot be priced yet.

    It stores nothing and depends on its arguments alone: a preview is this very call.
    """
    rated = [rate(source, steps) for source in month.sources]
    decimals = minor_unit(month.currency)
    services = _by_contract(service_line(charge, decimals) for charge in due_charges(month.charges, month.period))
    adjustments = _by_contract(adjustment_lines(month.recomputed, month.posted or {}))
    in_force = [r for r in rated if r.billed is not None and r.terms.plan is Plan.USAGE]
    if not (in_force or services or adjustments):
        return None
    lines: list[Line] = []
    for contract in rated:
        own = contract.terms.contract_id
        lines += [*contract.lines, *services.get(own, ()), *adjustments.get(own, ())]
    lines += late_fee_lines(month.late, month.period.next_on, settings, decimals)
    return _with_notes(drafted(_head(month, in_force, settings), tuple(lines), settings), in_force)


def _by_contract(lines: Iterable[Line]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.contract_id or "", []).append(line)
    return grouped


def _head(month: Month, in_force: Sequence[Rated], settings: BillingSettings) -> Head:
    first_on, last_on = _printed(month.period, in_force)
    return Head(
        customer_id=month.customer_id,
        currency=month.currency,
        period=month.period.name,
        first_on=first_on,
        last_on=last_on,
        issued_on=month.period.next_on,
        due_on=month.period.next_on + timedelta(days=settings.due_days),
    )


def _printed(period: Period, in_force: Sequence[Rated]) -> tuple[date, date]:
    """From the first to the last covered day of the contracts; the whole period without any (rule 7.1)."""
    if not in_force:
        return period.first_on, period.last_on
    first = min(max(period.first_on, r.terms.first_on) for r in in_force)
    last = max(period.last_on if r.terms.last_on is None else min(period.last_on, r.terms.last_on) for r in in_force)
    return first, last


def _with_notes(invoice: Invoice, in_force: Sequence[Rated]) -> Invoice:
    hours: dict[str, Fraction] = {}
    for rated in in_force:
        for unit_id, time in rated.unbilled.items():
            hours[unit_id] = hours.get(unit_id, Fraction(0)) + time
    measured = [r for r in in_force if r.terms.bills_by_method]
    return replace(
        invoice,
        variance=variance_of(
            exact_sum([r.sums.billed_kwh for r in measured]), exact_sum([r.sums.pdu_kwh for r in measured])
        ),
        unbilled_hours=tuple((unit_id, round_half_up(time, HOURS_DECIMALS)) for unit_id, time in hours.items()),
        caps=tuple(cap for r in in_force for cap in r.caps),
        payouts=tuple(payout for r in in_force for payout in r.payouts),
    )


def skipped(statuses: Iterable[InvoiceStatus]) -> bool:
    """With "skip existing": whether the customer's invoices of the period leave nothing to generate (rule 7.4)."""
    return any(status is not InvoiceStatus.CANCELLED for status in statuses)


def regenerated(statuses: Mapping[str, InvoiceStatus]) -> list[str]:
    """Without it: the ids of the drafts that are computed again in place; no other invoice is touched (rule 7.4)."""
    return [invoice_id for invoice_id, status in statuses.items() if status is InvoiceStatus.DRAFT]
