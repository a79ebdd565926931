"""Minimum commitment: energy that is paid for whether used or not (E26)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from invoicing.domain import terms_check
from invoicing.domain.curtailment import curtailed
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Line, LineKind, LineMethod, line_amount
from invoicing.domain.periods import hours_between
from invoicing.domain.site_facts import Given, setting_of

_HIGHEST_KW = Decimal(10) ** 7


@dataclass(frozen=True, slots=True)
class MinimumCommitment:
    """`percent` of `of_kw` around the clock; priced at `rate`, else at the contract's last rate of the period.

    `less_curtailed`: what the host asked to leave unused lowers the minimum by the same percentage of it.
    """

    percent: Decimal
    of_kw: Decimal
    rate: Decimal | None = None
    less_curtailed: bool = True

    def __post_init__(self) -> None:
        terms_check.percent("commitment.percent", self.percent)
        terms_check.finite("commitment.of_kw", self.of_kw, 18, _HIGHEST_KW)
        if self.rate is not None:
            terms_check.rate("commitment.rate", self.rate)


def minimum_kwh(commitment: MinimumCommitment, given: Given) -> Fraction:
    """percent x kW x real hours that the contract counts in the period, without whole days of suspension, less the
    relief for curtailment."""
    share = Fraction(commitment.percent) / 100
    hours = exact_sum([hours_between(*part) for part in given.terms.awake(*given.billed)])
    whole = Fraction(commitment.of_kw) * hours
    relief = exact_sum([unit.energy_kwh for unit in curtailed(given)]) if commitment.less_curtailed else Fraction(0)
    return max(share * (whole - relief), Fraction(0))


def lines_for(given: Given) -> list[Line]:
    """One line for the shortfall: the minimum to 0.001 kWh less the printed kWh of energy, x the rate; none, no line.

    Failover at a fixed rate counts as use: its energy was paid for. Failover by hashprice has no energy.
    """
    commitment = setting_of(given.terms, MinimumCommitment)
    if commitment is None:
        return []
    minimum = round_half_up(minimum_kwh(commitment, given), KWH_DECIMALS)
    used = sum((line.kwh for line in given.lines if line.kwh is not None and _is_use(line)), Decimal(0))
    shortfall = minimum - used
    if shortfall <= 0:
        return []
    rate = given.last_rate if commitment.rate is None else commitment.rate
    return [
        Line(
            kind=LineKind.COMMITMENT,
            contract_id=given.terms.contract_id,
            kwh=shortfall,
            rate=rate,
            amount=line_amount(shortfall, rate, given.decimals),
            description=f"minimum of {minimum:f} kWh, {used:f} kWh used",
            tax_code=TAX_ENERGY,
        )
    ]


def _is_use(line: Line) -> bool:
    return line.kind is LineKind.ENERGY or (line.kind is LineKind.FAILOVER and line.method is LineMethod.FIXED_RATE)
