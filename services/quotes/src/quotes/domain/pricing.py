"""What a quote comes to: equipment, fees, sales tax, total, and the host's margin (CB-95 to CB-97; worked case E22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction

from common.errors import RuleBroken
from common.money import Money, round_half_up
from quotes.domain.equipment import QuotedItem


class BadFees(RuleBroken):
    """A fee or setting that cannot be so."""

    code = "bad_fees"


@dataclass(frozen=True, slots=True)
class FeeRates:
    """From what fees are suggested: amounts in the organization's currency, per unit where so named.

    `deposit_hours` of power at the quoted rate are the hosting deposit; `tax_percent` is on equipment alone.
    """

    admin: Decimal = Decimal(0)
    transfer: Decimal = Decimal(0)
    install_per_unit: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    deposit_hours: Decimal = Decimal(730)
    tax_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value < 0:
                raise BadFees(f"{value} cannot be the {one.name}.", field=one.name, remedy="zero or more")
        if self.tax_percent > 100:
            raise BadFees(f"A tax of {self.tax_percent} % is not possible.", field="tax_percent", remedy="0 to 100")

    def overridden(self, own: dict[str, Decimal]) -> FeeRates:
        """A site's own rates in place of the organization's."""
        return replace(self, **own)


def checked_rate(rate_per_kwh: Decimal) -> Decimal:
    if not 0 <= rate_per_kwh < 100:
        raise BadFees(f"{rate_per_kwh} cannot be the rate.", field="rate_per_kwh", remedy="0 to 100 per kWh")
    return rate_per_kwh


FEES = ("admin", "transfer", "install", "deposit", "shipping", "sales_tax")


@dataclass(frozen=True, slots=True)
class Fees:
    """The six fees of a quote; in a draft, what is None follows the suggestion."""

    admin: Money | None = None
    transfer: Money | None = None
    install: Money | None = None
    deposit: Money | None = None
    shipping: Money | None = None
    sales_tax: Money | None = None

    def __post_init__(self) -> None:
        for name in FEES:
            money = getattr(self, name)
            if money is not None and money.amount < 0:
                raise BadFees(f"The fee {name} is below zero.", field=f"fees.{name}", remedy="zero or more")

    def filled(self, suggested: Fees) -> Fees:
        """What was set by hand stays, the rest is as suggested."""
        return Fees(**{n: getattr(suggested, n) if getattr(self, n) is None else getattr(self, n) for n in FEES})


@dataclass(frozen=True, slots=True)
class Priced:
    """The figures of a quote. `margin` is None when the cost of an item is not known; it stays with the host."""

    equipment: Money
    fees: Fees
    total: Money
    margin: Money | None
    margin_percent: Decimal | None


def suggested_fees(items: Sequence[QuotedItem], rate_per_kwh: Decimal, rates: FeeRates, currency: str) -> Fees:
    """Each fee exactly, then rounded once to the currency's minor unit."""
    units = sum(item.quantity for item in items)
    power_kw = sum((item.quantity * Fraction(item.rating.power_w or 0) / 1000 for item in items), Fraction(0))
    deposit = power_kw * Fraction(rates.deposit_hours) * Fraction(checked_rate(rate_per_kwh))
    tax = Fraction(_equipment(items, currency).amount) * Fraction(rates.tax_percent) / 100
    return Fees(
        admin=Money.rounded(rates.admin, currency),
        transfer=Money.rounded(rates.transfer, currency),
        install=Money.rounded(rates.install_per_unit * units, currency),
        deposit=Money.rounded(deposit, currency),
        shipping=Money.rounded(rates.shipping, currency),
        sales_tax=Money.rounded(tax, currency),
    )


def priced(items: Sequence[QuotedItem], given: Fees, rate_per_kwh: Decimal, rates: FeeRates, currency: str) -> Priced:
    """Equipment and all fees make the buyer's total; the margin is on equipment alone."""
    fees = given.filled(suggested_fees(items, rate_per_kwh, rates, currency))
    equipment = _equipment(items, currency)
    total = sum((getattr(fees, name) for name in FEES), equipment)
    margin = _margin(items, equipment)
    percent = None
    if margin is not None and equipment:
        percent = round_half_up(Fraction(margin.amount) * 100 / Fraction(equipment.amount), 2)
    return Priced(equipment, fees, total, margin, percent)


def _equipment(items: Sequence[QuotedItem], currency: str) -> Money:
    return sum((item.amount for item in items), Money.zero(currency))


def _margin(items: Sequence[QuotedItem], equipment: Money) -> Money | None:
    margin = equipment
    for item in items:
        if item.cost_basis is None:
            return None
        margin = margin - Money(item.cost_basis.amount * item.quantity, equipment.currency)
    return margin if items else None
