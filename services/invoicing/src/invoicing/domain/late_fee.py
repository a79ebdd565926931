"""Late fees: on the next invoice, for each earlier one that stays unpaid beyond its grace days (rule 7.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from common.clock import add_months
from common.money import round_half_up
from invoicing.domain.invoice import Invoice
from invoicing.domain.lines import TAX_LATE_FEE, Factor, Line, LineKind, Product
from invoicing.domain.settings import BillingSettings, LateFee, LateFeeMode

DAYS_OF_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class LateInvoice:
    """An earlier invoice that is issued and not held: its open balance, without late fees and the tax on them."""

    invoice_id: str
    due_on: date
    balance: Decimal
    charged_before: Decimal = Decimal(0)


def balance_without_fees(invoice: Invoice, open_amount: Decimal, *, inclusive: bool) -> Decimal:
    """The open amount less the invoice's own late fees and, where tax is added, the tax on them; never below zero."""
    fees = sum((line.amount for line in invoice.lines if line.kind is LineKind.LATE_FEE), Decimal(0))
    tax = sum((part.amount for part in invoice.taxes if part.code == TAX_LATE_FEE), Decimal(0))
    return max(open_amount - fees - (Decimal(0) if inclusive else tax), Decimal(0))


def late_fee_lines(
    late: Iterable[LateInvoice], invoice_on: date, settings: BillingSettings, decimals: int
) -> tuple[Line, ...]:
    """One line per late invoice, in the order given; the fee so far less what was charged before, none when zero."""
    if settings.late_fee is None:
        return ()
    lines = (_line(settings.late_fee, invoice, invoice_on, decimals) for invoice in late)
    return tuple(line for line in lines if line is not None)


def _line(fee: LateFee, late: LateInvoice, invoice_on: date, decimals: int) -> Line | None:
    from_on = late.due_on + timedelta(days=fee.grace_days)
    if late.balance <= 0 or invoice_on <= from_on:
        return None
    product = Product(late.invoice_id, _factors(fee, late.balance, from_on, invoice_on))
    exact = product.value if fee.cap is None else min(product.value, Fraction(fee.cap))
    amount = round_half_up(exact, decimals) - late.charged_before
    if amount <= 0:
        return None
    products: tuple[Product, ...] = (product,)
    if exact != product.value:
        products = (Product(late.invoice_id, (Factor("at most", exact),)),)
    if late.charged_before:
        products = (*products, Product("charged before", (Factor("amount", -Fraction(late.charged_before)),)))
    return Line(
        kind=LineKind.LATE_FEE,
        amount=amount,
        refers_to=late.invoice_id,
        products=products,
        tax_code=TAX_LATE_FEE,
    )


def _factors(fee: LateFee, balance: Decimal, from_on: date, invoice_on: date) -> tuple[Factor, ...]:
    if fee.mode is LateFeeMode.FLAT:
        assert fee.amount is not None
        return (Factor("flat fee", Fraction(fee.amount)),)
    assert fee.percent is not None
    open_balance = Factor("balance without late fees", Fraction(balance))
    if fee.mode is LateFeeMode.MONTHLY_PERCENT:
        months = started_months(from_on, invoice_on)
        return (open_balance, Factor("percent a month", Fraction(fee.percent) / 100, "", 8), Factor("months", months))
    days = Fraction((invoice_on - from_on).days)
    interest = Factor("interest a day", Fraction(fee.percent) / 100 / DAYS_OF_A_YEAR, "", 10)
    return (open_balance, interest, Factor("days", days))


def started_months(from_on: date, until_on: date) -> Fraction:
    """Calendar months begun between two days; a month that ends on the last day is not followed by a new one."""
    months = 0
    while add_months(from_on, months) < until_on:
        months += 1
    return Fraction(months)
