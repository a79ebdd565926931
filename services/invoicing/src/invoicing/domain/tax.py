"""Tax once per tax code on the sum of its lines, added or contained (rules 1.2, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from invoicing.domain.lines import Line
from invoicing.domain.settings import TaxSettings


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """The tax of one code: its percent, the sum of its lines and the tax on it."""

    code: str
    percent: Decimal
    taxable: Decimal
    amount: Decimal


def tax_on(taxable: Decimal, percent: Decimal, decimals: int, *, inclusive: bool) -> Decimal:
    """Exclusive: sum x rate / 100. Inclusive: sum x rate / (100 + rate). Half up, also below zero."""
    divisor = 100 + Fraction(percent) if inclusive else Fraction(100)
    return round_half_up(Fraction(taxable) * Fraction(percent) / divisor, decimals)


def taxes_of(lines: Iterable[Line], tax: TaxSettings, decimals: int) -> tuple[TaxAmount, ...]:
    """By code, in the order in which the codes first appear; a code without a rate is not taxed."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.tax_code is not None and line.tax_code in tax.rates:
            sums[line.tax_code] = sums.get(line.tax_code, Decimal(0)) + line.amount
    return tuple(
        TaxAmount(code, percent, taxable, tax_on(taxable, percent, decimals, inclusive=tax.inclusive))
        for code, taxable in sums.items()
        for percent in (tax.rates[code],)
    )
