"""Market pass-through: energy at the market's price of its time, on top of the contract's rate (the adder)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from common.clock import instant_text
from common.errors import RuleBroken
from common.money import round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Factor, Line, LineKind, Product, share_kwh
from invoicing.domain.site_facts import Given, PriceRow, checked_span, setting_of

QUARTER = timedelta(minutes=15)
PER_MWH = Fraction(1, 1000)


class PricesOverlap(RuleBroken):
    """Two market prices for one instant."""

    code = "prices_overlap"


class PriceOffTheGrid(RuleBroken):
    """A market price begins or ends inside a quarter hour."""

    code = "price_off_the_grid"


class NoMarketPrice(RuleBroken):
    """Energy was used at a time without a price: this customer's invoice waits, the others go on."""

    code = "no_market_price"


@dataclass(frozen=True, slots=True)
class MarketPassThrough:
    """The market whose prices apply. The contract's `rate_per_kwh` is the adder and has lines of its own."""

    market: str


def checked_prices(rows: Sequence[PriceRow]) -> list[PriceRow]:
    """The rows in order of time; gaps are fine, overlaps and edges off the quarter hours are not."""
    ordered = sorted(rows, key=lambda row: row.from_at)
    end_at: datetime | None = None
    for row in ordered:
        checked_span(row.from_at, row.to_at, field="market_price.to")
        for edge in (row.from_at, row.to_at):
            if edge.minute % 15 or edge.second or edge.microsecond:
                raise PriceOffTheGrid(
                    f"A price has an edge at {instant_text(edge)}.", field="market_price", remedy="a full quarter hour"
                )
        if end_at is not None and row.from_at < end_at:
            raise PricesOverlap(
                f"Two market prices hold at {instant_text(row.from_at)}.", field="market_price", remedy="one price"
            )
        end_at = row.to_at
    return ordered


def lines_for(given: Given) -> list[Line]:
    """One line: the sum over the prices of exact energy x price / 1000, rounded once; the prices are its products.

    Energy is that of every method (not failover), quarter hour by quarter hour. No energy, no line.
    """
    if setting_of(given.terms, MarketPassThrough) is None:
        return []
    rows = checked_prices(given.facts.prices)
    by_row: dict[int, list[Fraction]] = {}
    by_unit: dict[str, list[Fraction]] = {}
    for usage in given.usage:
        for quarter in usage.quarters:
            energy = exact_sum(list(quarter.by_method.values()))
            if energy:
                by_row.setdefault(_row_at(rows, quarter.starts_at, given), []).append(energy)
                by_unit.setdefault(usage.unit_id, []).append(energy)
    if not by_row:
        return []
    products = tuple(_product(rows[index], exact_sum(parts)) for index, parts in sorted(by_row.items()))
    return [_line(given, products, [(unit, exact_sum(parts)) for unit, parts in by_unit.items()])]


def _row_at(rows: Sequence[PriceRow], at: datetime, given: Given) -> int:
    index = bisect_right(rows, at, key=lambda row: row.from_at) - 1
    if index < 0 or at >= rows[index].to_at:
        raise NoMarketPrice(
            f"Contract {given.terms.contract_id} passes the market price on, and none is known at {instant_text(at)}.",
            field="market_price",
            remedy="record the price of that time, then invoice the customer again",
        )
    return index


def _product(row: PriceRow, energy_kwh: Fraction) -> Product:
    return Product(
        f"{instant_text(row.from_at)} to {instant_text(row.to_at)}",
        (
            Factor("energy", energy_kwh, "kWh", KWH_DECIMALS),
            Factor("market price", Fraction(row.per_mwh), "per MWh", 6),
            Factor("MWh per kWh", PER_MWH, "", 3),
        ),
    )


def _line(given: Given, products: tuple[Product, ...], units: list[tuple[str, Fraction]]) -> Line:
    kwh = round_half_up(exact_sum([energy for _, energy in units]), KWH_DECIMALS)
    return Line(
        kind=LineKind.MARKET_ENERGY,
        contract_id=given.terms.contract_id,
        kwh=kwh,
        amount=round_half_up(exact_sum([product.value for product in products]), given.decimals),
        units=share_kwh(kwh, units),
        products=products,
        description="market price of the hours used",
        tax_code=TAX_ENERGY,
    )
