"""The invoice: its figures, its statuses, and the one table of their transitions (rules 7.1, 7.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.errors import Conflict
from common.money import minor_unit
from invoicing.domain.issuer import Issuer
from invoicing.domain.lines import Line
from invoicing.domain.rated import CapNotice, Payout
from invoicing.domain.settings import BillingSettings
from invoicing.domain.tax import TaxAmount, taxes_of
from invoicing.domain.variance import Variance


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    OVERDUE = "overdue"
    HELD = "held"
    CANCELLED = "cancelled"
    WRITTEN_OFF = "written_off"


_S = InvoiceStatus
TRANSITIONS: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
    _S.DRAFT: frozenset({_S.ISSUED, _S.HELD, _S.CANCELLED}),
    _S.HELD: frozenset({_S.ISSUED, _S.CANCELLED, _S.WRITTEN_OFF}),
    _S.ISSUED: frozenset({_S.PAID, _S.OVERDUE, _S.CANCELLED, _S.WRITTEN_OFF}),
    _S.OVERDUE: frozenset({_S.PAID, _S.CANCELLED, _S.WRITTEN_OFF}),
    _S.PAID: frozenset({_S.ISSUED, _S.OVERDUE}),
    _S.CANCELLED: frozenset(),
    _S.WRITTEN_OFF: frozenset(),
}


class TransitionRefused(Conflict):
    """The invoice's status does not lead to the one that was asked for (rule 7.1)."""

    code = "transition_refused"


@dataclass(frozen=True, slots=True)
class Head:
    """Who is billed for what, and when: the printed period, the invoice date and the due date.

    `period` is the name of the billing period, or the key of a cycle; an invoice is unique per customer, period and
    currency (a cycle's key names contract, batch and cycle).
    """

    customer_id: str
    currency: str
    period: str
    first_on: date
    last_on: date
    issued_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """All printed figures. `amount_due` and `credit_applied` are settled at issue."""

    head: Head
    lines: tuple[Line, ...]
    subtotal: Decimal
    taxes: tuple[TaxAmount, ...]
    tax: Decimal
    total: Decimal
    status: InvoiceStatus = InvoiceStatus.DRAFT
    credit_applied: Decimal = Decimal(0)
    amount_due: Decimal = Decimal(0)
    variance: Variance | None = None
    unbilled_hours: tuple[tuple[str, Decimal], ...] = ()
    caps: tuple[CapNotice, ...] = ()
    payouts: tuple[Payout, ...] = ()
    issuer: Issuer | None = None


def drafted(head: Head, lines: tuple[Line, ...], settings: BillingSettings) -> Invoice:
    """The draft with its sums: subtotal of the rounded lines, tax per code, total (rules 1.2, 7.6)."""
    decimals = minor_unit(head.currency)
    zero = Decimal(0).scaleb(-decimals)
    subtotal = sum((line.amount for line in lines), zero)
    taxes = taxes_of(lines, settings.tax, decimals)
    tax = sum((part.amount for part in taxes), zero)
    total = subtotal if settings.tax.inclusive else subtotal + tax
    return Invoice(head, lines, subtotal, taxes, tax, total, credit_applied=zero, amount_due=max(total, zero))


def moved(invoice: Invoice, status: InvoiceStatus) -> Invoice:
    """The invoice in its next status, or the refusal by the table."""
    check_transition(invoice.status, status)
    return replace(invoice, status=status)


def check_transition(current: InvoiceStatus, wanted: InvoiceStatus) -> None:
    """Nothing, or `TransitionRefused`."""
    if wanted not in TRANSITIONS[current]:
        allowed = ", ".join(sorted(TRANSITIONS[current])) or "nothing"
        raise TransitionRefused(
            f"An invoice that is {current.value} cannot become {wanted.value} (rule 7.1).",
            field="status",
            remedy=f"from {current.value}: {allowed}",
        )


def released(invoice: Invoice, released_on: date, due_days: int) -> Invoice:
    """A held invoice let go by hand: its due date counts from that day (rule 7.1)."""
    head = replace(invoice.head, due_on=released_on + timedelta(days=due_days))
    return replace(moved(invoice, InvoiceStatus.ISSUED), head=head)
