"""Demand charge: the highest quarter hour's mean power of a period, at a price per kW (E17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.clock import instant_text
from common.money import round_half_up
from invoicing.domain import terms_check
from invoicing.domain.lines import TAX_ENERGY, Line, LineKind, line_amount
from invoicing.domain.site_facts import Given, setting_of

KW_DECIMALS = 3
QUARTER_HOUR = Fraction(1, 4)
HIGHEST_KW = Decimal(10) ** 7


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """`per_kw` for the period's peak; `above_kw`: only for what of it lies above; `least_kw`: billed at the least."""

    per_kw: Decimal
    above_kw: Decimal = Decimal(0)
    least_kw: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        terms_check.finite("demand.per_kw", self.per_kw, terms_check.RATE_DECIMALS, terms_check.HIGHEST_RATE)
        terms_check.finite("demand.above_kw", self.above_kw, KW_DECIMALS, HIGHEST_KW)
        terms_check.finite("demand.least_kw", self.least_kw, KW_DECIMALS, HIGHEST_KW)


@dataclass(frozen=True, slots=True)
class Peak:
    """The quarter hour with the most energy; the earliest of equals."""

    at: datetime
    power_kw: Fraction


def peak_of(given: Given) -> Peak | None:
    """The contract's peak: energy of all methods and units in a UTC quarter hour / 0.25 h (as the cap, rule 4.7)."""
    energy: dict[datetime, Fraction] = {}
    for usage in given.usage:
        for quarter in usage.quarters:
            used = sum(quarter.by_method.values(), Fraction(0))
            energy[quarter.starts_at] = energy.get(quarter.starts_at, Fraction(0)) + used
    if not energy:
        return None
    at = min(energy, key=lambda start: (-energy[start], start))
    return Peak(at, energy[at] / QUARTER_HOUR)


def lines_for(given: Given) -> list[Line]:
    """One line: the peak rounded to 0.001 kW, less what is free, x the price; nothing above it, no line.

    A period that the contract covers in part is charged whole: the grid was sized for the peak, not for its days.
    """
    charge = setting_of(given.terms, DemandCharge)
    if charge is None:
        return []
    peak = peak_of(given)
    power_kw = max(round_half_up(peak.power_kw, KW_DECIMALS) if peak else Decimal(0), charge.least_kw)
    billed_kw = power_kw - charge.above_kw
    if billed_kw <= 0:
        return []
    when = f", reached at {instant_text(peak.at)}" if peak and peak.power_kw else ""
    free = f" above {charge.above_kw:f} kW" if charge.above_kw else ""
    return [
        Line(
            kind=LineKind.DEMAND,
            contract_id=given.terms.contract_id,
            quantity=billed_kw,
            rate=charge.per_kw,
            amount=line_amount(billed_kw, charge.per_kw, given.decimals),
            description=f"peak of {power_kw:f} kW{when}; kW{free}",
            tax_code=TAX_ENERGY,
        )
    ]
