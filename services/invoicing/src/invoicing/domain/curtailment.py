"""Curtailment: hours taken down on request, and what the customer gets for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.money import allocate, round_half_up
from invoicing.domain import terms_check
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Factor, Line, LineKind, Product, line_amount, share_kwh
from invoicing.domain.market_price import QUARTER
from invoicing.domain.periods import hours_between
from invoicing.domain.site_facts import Curtailment, Given, Span, common_part, parts_in, setting_of
from invoicing.domain.sums import merged
from invoicing.domain.usage import UnitUsage


@dataclass(frozen=True, slots=True)
class CurtailmentSettlement:
    """One of the two, or neither (the hours are only listed): a credit per curtailed kWh, or a share of the proceeds.

    `net_of_use`: what a unit drew all the same is taken off its curtailed energy, never below zero.
    """

    credit_per_kwh: Decimal | None = None
    proceeds_percent: Decimal | None = None
    net_of_use: bool = False

    def __post_init__(self) -> None:
        if self.credit_per_kwh is not None and self.proceeds_percent is not None:
            raise terms_check.refuse(
                "curtailment", "A credit per kWh and a share of the proceeds exclude each other.", "give one of them"
            )
        if self.credit_per_kwh is not None:
            terms_check.rate("curtailment.credit_per_kwh", self.credit_per_kwh)
        if self.proceeds_percent is not None:
            terms_check.percent("curtailment.proceeds_percent", self.proceeds_percent)


@dataclass(frozen=True, slots=True)
class CurtailedUnit:
    """A unit's curtailed hours in the billed span and the energy that it would have drawn in them at its rating."""

    unit_id: str
    hours: Fraction
    energy_kwh: Fraction


def windows_of(events: Sequence[Curtailment], unit_id: str) -> list[Span]:
    """The spans in which a unit was curtailed; events that overlap count once."""
    return list(merged((event.from_at, event.to_at) for event in events if event.concerns(unit_id)))


def curtailed(given: Given, *, net_of_use: bool = False) -> list[CurtailedUnit]:
    """Per unit: hours of the events in which it counted for the contract, and rated kW x those hours."""
    hours: dict[str, list[Fraction]] = {}
    energy: dict[str, list[Fraction]] = {}
    for usage in given.awake:
        windows = windows_of(given.facts.curtailments, usage.unit_id)
        time = exact_sum([hours_between(*part) for part in parts_in(usage.parts, windows)])
        if not time:
            continue
        hours.setdefault(usage.unit_id, []).append(time)
        drawn = _drawn(usage, windows) if net_of_use else Fraction(0)
        energy.setdefault(usage.unit_id, []).append(usage.rated_w / 1000 * time - drawn)
    return [
        CurtailedUnit(unit_id, exact_sum(parts), max(exact_sum(energy[unit_id]), Fraction(0)))
        for unit_id, parts in hours.items()
    ]


def _drawn(usage: UnitUsage, windows: Sequence[Span]) -> Fraction:
    """Energy of the unit's quarter hours in the windows; one cut by an edge counts by its share of the quarter."""
    drawn = []
    for quarter in usage.quarters:
        whole = (quarter.starts_at, quarter.starts_at + QUARTER)
        inside = [hours_between(*part) for window in windows if (part := common_part(whole, window))]
        if inside:
            drawn.append(exact_sum(list(quarter.by_method.values())) * exact_sum(inside) * 4)
    return exact_sum(drawn)


def shared_proceeds(event: Curtailment, decimals: int) -> list[Decimal]:
    """What the programme paid, over all participants by kW-hours: largest remainder, ties to the first (rule 1.3)."""
    if not event.participants or event.proceeds is None:
        return []
    return allocate(event.proceeds, [part.kw_hours for part in event.participants], decimals)


def lines_for(given: Given) -> list[Line]:
    """One credit line per contract: curtailed kWh at minus the credit, or a percentage of its part of the proceeds."""
    settlement = setting_of(given.terms, CurtailmentSettlement)
    if settlement is None:
        return []
    if settlement.credit_per_kwh is not None:
        return _by_energy(given, settlement.credit_per_kwh, net_of_use=settlement.net_of_use)
    if settlement.proceeds_percent is not None:
        return _by_proceeds(given, settlement.proceeds_percent)
    return []


def _by_energy(given: Given, credit_per_kwh: Decimal, *, net_of_use: bool) -> list[Line]:
    units = [(unit.unit_id, unit.energy_kwh) for unit in curtailed(given, net_of_use=net_of_use)]
    kwh = round_half_up(exact_sum([energy for _, energy in units]), KWH_DECIMALS)
    if not kwh:
        return []
    return [
        Line(
            kind=LineKind.CURTAILMENT,
            contract_id=given.terms.contract_id,
            kwh=kwh,
            rate=-credit_per_kwh,
            amount=line_amount(kwh, -credit_per_kwh, given.decimals),
            units=share_kwh(kwh, units),
            description="credit for energy not used on request",
            tax_code=TAX_ENERGY,
        )
    ]


def _by_proceeds(given: Given, percent: Decimal) -> list[Line]:
    """Proceeds belong to the period in which their event ends."""
    products = []
    for event in given.facts.curtailments:
        if not given.period.from_at < event.to_at <= given.period.to_at:
            continue
        shares = zip(event.participants, shared_proceeds(event, given.decimals), strict=False)
        own = sum((share for part, share in shares if part.contract_id == given.terms.contract_id), Decimal(0))
        if own:
            factors = (
                Factor("share of the proceeds", -Fraction(own), "", given.decimals),
                Factor("percent", Fraction(percent) / 100, "", 8),
            )
            products.append(Product(event.event_id, factors))
    amount = round_half_up(exact_sum([product.value for product in products]), given.decimals)
    if not products:
        return []
    return [
        Line(
            kind=LineKind.CURTAILMENT,
            contract_id=given.terms.contract_id,
            amount=amount,
            products=tuple(products),
            description="share of what the curtailment programmes paid",
            tax_code=TAX_ENERGY,
        )
    ]
