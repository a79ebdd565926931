"""Market pass-through: E25, negative prices, and resettlement as the difference of whole lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from invoicing.domain.adjustment import Recomputed, adjustment_lines, posted_of
from invoicing.domain.lines import Line, LineKind, recomputed
from invoicing.domain.market_price import (
    MarketPassThrough,
    NoMarketPrice,
    PriceOffTheGrid,
    PricesOverlap,
    checked_prices,
    lines_for,
)
from invoicing.domain.rated import Source
from invoicing.domain.rating import rate
from invoicing.domain.site_facts import EventEndsBeforeStart, PriceRow, SiteFacts
from invoicing.domain.usage import UnitUsage
from unit.invoicing.extras_given import END, HOUR, JANUARY, START, given, in_quarters, terms_with, usage_of

HOURS = [("31.250", "28.40"), ("33.900", "41.75"), ("0", "912.10"), ("34.125", "-6.20")]
PRICES = tuple(PriceRow(START + n * HOUR, START + (n + 1) * HOUR, Decimal(price)) for n, (_, price) in enumerate(HOURS))
MARKET = MarketPassThrough("ercot west")


def usage_by_the_hour() -> UnitUsage:
    quarters = [
        quarter
        for n, (energy, _) in enumerate(HOURS)
        for quarter in in_quarters(START + n * HOUR, START + (n + 1) * HOUR, Fraction(energy))
        if quarter[1]
    ]
    return usage_of(kwh=Fraction("99.275"), quarters=quarters)


def test_energy_at_the_price_of_its_hour_and_the_adder_as_the_contracts_rate() -> None:
    source = Source(terms_with(MARKET, rate="0.0115"), JANUARY, [usage_by_the_hour()], facts=SiteFacts(prices=PRICES))
    adder, market = rate(source).lines
    assert (adder.kind, adder.amount) == (LineKind.ENERGY, Decimal("1.14"))
    assert (market.kind, market.kwh, market.amount) == (LineKind.MARKET_ENERGY, Decimal("99.275"), Decimal("2.09"))
    assert adder.amount + market.amount == Decimal("3.23")
    assert recomputed(market, 2) == market.amount
    assert market.description == "market price of the hours used"
    assert market.products[0].of == "2025-01-01T00:00:00Z to 2025-01-01T01:00:00Z"
    assert len(market.products) == 3
    assert [(factor.name, factor.unit, factor.decimals) for factor in market.products[0].factors] == [
        ("energy", "kWh", 3),
        ("market price", "per MWh", 6),
        ("MWh per kWh", "", 3),
    ]


def market_line(prices: tuple[PriceRow, ...], *usage: UnitUsage) -> Line:
    (line,) = lines_for(given(terms_with(MARKET), list(usage), SiteFacts(prices=prices)))
    return line


def test_negative_prices_make_a_credit() -> None:
    cheap = (PriceRow(START, END, Decimal("-6.20")),)
    assert market_line(cheap, usage_of(quarters=[(START, Fraction(1000))])).amount == Decimal("-6.20")


def test_resettlement_posts_the_difference_of_whole_lines() -> None:
    first = market_line(PRICES, usage_by_the_hour())
    final = tuple(replace(row, per_mwh=row.per_mwh + Decimal("0.30")) for row in PRICES)
    again = market_line(final, usage_by_the_hour())
    posted = posted_of([("2025-01", [first])])
    (line,) = adjustment_lines([Recomputed("C1", "2025-01", (again,))], posted)
    assert again.amount == Decimal("2.12")
    assert line.amount == Decimal("0.03")
    assert adjustment_lines([Recomputed("C1", "2025-01", (first,))], posted) == ()


def test_half_hour_markets_are_priced_by_the_half_hour() -> None:
    half = timedelta(minutes=30)
    rows = (PriceRow(START, START + half, Decimal(10)), PriceRow(START + half, START + HOUR, Decimal(100)))
    usage = usage_of(quarters=in_quarters(START, START + HOUR, Fraction(400)))
    assert market_line(rows, usage).amount == Decimal("22.00")


def test_energy_at_a_time_without_a_price_is_refused_and_silence_needs_none() -> None:
    late = usage_of(quarters=[(START + 4 * HOUR, Fraction(1))])
    with pytest.raises(NoMarketPrice):
        market_line(PRICES, late)
    with pytest.raises(NoMarketPrice):
        market_line(PRICES[1:], usage_by_the_hour())
    assert lines_for(given(terms_with(MARKET), [usage_of(quarters=[(END, Fraction(0))])])) == []


def test_a_contract_without_the_setting_has_no_line() -> None:
    assert lines_for(given(terms_with(), [usage_by_the_hour()], SiteFacts(prices=PRICES))) == []


def test_units_share_the_quantity() -> None:
    line = market_line(
        (PriceRow(START, END, Decimal(30)),),
        usage_of("u1", quarters=[(START, Fraction(1, 3))]),
        usage_of("u2", quarters=[(START, Fraction(2, 3))]),
    )
    assert line.units == (("u1", Decimal("0.333")), ("u2", Decimal("0.667")))


def test_prices_that_overlap_lie_off_the_grid_or_last_no_time_are_refused() -> None:
    with pytest.raises(PricesOverlap):
        checked_prices([PRICES[0], replace(PRICES[1], from_at=START + timedelta(minutes=45))])
    with pytest.raises(PriceOffTheGrid):
        checked_prices([replace(PRICES[0], to_at=START + timedelta(minutes=50))])
    with pytest.raises(EventEndsBeforeStart):
        checked_prices([replace(PRICES[0], to_at=START)])


@cases(st.permutations(PRICES))
def test_the_order_of_the_prices_does_not_matter(rows: list[PriceRow]) -> None:
    assert market_line(tuple(rows), usage_by_the_hour()).amount == Decimal("2.09")


@cases(st.integers(1, 15), st.fractions(0, 5))
def test_a_span_cut_within_a_quarter_changes_nothing(minute: int, share: Fraction) -> None:
    prices = (PriceRow(START, END, Decimal("41.75")),)
    cut_at = START + timedelta(minutes=minute)
    first = usage_of(to_at=cut_at, quarters=[(START, share)])
    second = usage_of(from_at=cut_at, quarters=[(START, Fraction(7) - share)])
    whole = usage_of(quarters=[(START, Fraction(7))])
    assert market_line(prices, first, second) == market_line(prices, whole)
