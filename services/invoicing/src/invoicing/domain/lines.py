"""A line of an invoice: the printed figures and what they were made of (rules 1.2, 4.4, 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import lcm

from common.money import round_half_up

KWH_DECIMALS = 3


class LineKind(StrEnum):
    PREPAYMENT = "prepayment"
    ENERGY = "energy"
    FAILOVER = "failover"
    FIXED = "fixed"
    CONNECTOR_FEE = "connector_fee"
    OVERAGE = "overage"
    MARKET_ENERGY = "market_energy"
    DEMAND = "demand"
    COMMITMENT = "commitment"
    UTILITY_LOSS = "utility_loss"
    CURTAILMENT = "curtailment"
    UPTIME_CREDIT = "uptime_credit"
    SERVICE = "service"
    DEPOSIT = "deposit"
    ADJUSTMENT = "adjustment"
    LATE_FEE = "late_fee"


class LineMethod(StrEnum):
    """How the quantity of a line came about; printed on it (rule 4.4)."""

    METERED = "metered"
    HASH = "hash"
    CALCULATED = "calculated"
    SPEC = "spec"
    MARKET_HASHPRICE = "market_hashprice"
    FIXED_RATE = "fixed_rate"


TAX_ENERGY = "energy"
TAX_FIXED = "fixed"
TAX_CONNECTOR_FEE = "connector_fee"
TAX_LATE_FEE = "late_fee"
DEPOSIT_CODE = "deposit"
"""The code of a charge that takes, or below zero gives back, a security deposit; it is never taxed."""
CHARGED = frozenset({LineKind.SERVICE, LineKind.DEPOSIT})
"""Lines that stand for a charge; `refers_to` names it."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of an amount by formula: exact in `value`, rounded to `decimals` for reading (rule 1.2)."""

    name: str
    value: Fraction
    unit: str = ""
    decimals: int = 6

    @property
    def printed(self) -> Decimal:
        return round_half_up(self.value, self.decimals)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of factors; an amount by formula is the rounded sum of its products. `of` names its unit or site."""

    of: str
    factors: tuple[Factor, ...]

    @property
    def value(self) -> Fraction:
        result = Fraction(1)
        for factor in self.factors:
            result *= factor.value
        return result


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `amount` has the invoice currency's decimals; `kwh` three; `quantity` is not rounded.

    Either kwh x rate, or quantity x rate, or the sum of `products`, rounded half up once, is the amount.
    `units` sum to `kwh`. `refers_to` names the period or cycle that an adjustment corrects, or a fee's late invoice.
    """

    kind: LineKind
    amount: Decimal
    tax_code: str | None
    contract_id: str | None = None
    method: LineMethod | None = None
    kwh: Decimal | None = None
    quantity: Decimal | None = None
    rate: Decimal | None = None
    estimated: bool = False
    units: tuple[tuple[str, Decimal], ...] = ()
    description: str = ""
    refers_to: str | None = None
    products: tuple[Product, ...] = ()


def line_amount(quantity: Decimal, rate: Decimal, decimals: int) -> Decimal:
    """Printed quantity x printed rate, rounded half up to the currency's decimals (rule 1.2)."""
    return round_half_up(Fraction(quantity) * Fraction(rate), decimals)


def recomputed(line: Line, decimals: int) -> Decimal:
    """The amount once more from the figures that stand on the line and in its explanation."""
    quantity = line.kwh if line.kwh is not None else line.quantity
    if quantity is not None and line.rate is not None and not line.products:
        return line_amount(quantity, line.rate, decimals)
    return round_half_up(sum((product.value for product in line.products), Fraction(0)), decimals)


def share_kwh(kwh: Decimal, used: list[tuple[str, Fraction]]) -> tuple[tuple[str, Decimal], ...]:
    """The printed kWh of a line over its units by largest remainder, ties to the unit listed first (rule 1.3).

    `used` are exact kWh whose sum was rounded to `kwh`: each keeps its whole thousandths, what is then missing goes
    to the largest remainders.
    """
    if len(used) == 1:
        return ((used[0][0], kwh),)
    common = lcm(*[energy.denominator for _, energy in used])
    parts = [divmod(energy.numerator * (common // energy.denominator) * 10**KWH_DECIMALS, common) for _, energy in used]
    missing = int(kwh.scaleb(KWH_DECIMALS)) - sum(whole for whole, _ in parts)
    raised = set(sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:missing])
    return tuple(
        (unit_id, Decimal(parts[i][0] + (i in raised)).scaleb(-KWH_DECIMALS)) for i, (unit_id, _) in enumerate(used)
    )
