"""What a quote comes to (CB-95 to CB-97; worked case E22)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from quotes.domain.equipment import QuotedItem, Rating
from quotes.domain.pricing import FEES, BadFees, FeeRates, Fees, priced, suggested_fees
from support.offers import RATE, RATES, S21, usd


def test_the_worked_quote_to_the_cent() -> None:
    figures = priced([S21], Fees(), RATE, RATES, "USD")
    assert figures.equipment == usd("16600.00")
    assert figures.fees == Fees(
        admin=usd("250"), transfer=usd("0"), install=usd("180"), deposit=usd("766.50"), shipping=usd("420"),
        sales_tax=usd("1369.50"),
    )  # fmt: skip
    assert figures.total == usd("19586.00")
    assert (figures.margin, figures.margin_percent) == (usd("2200.00"), Decimal("13.25"))


def test_fees_set_by_hand_stay_and_the_others_follow_the_suggestion() -> None:
    figures = priced([S21], Fees(deposit=usd("500"), admin=usd("0")), RATE, RATES, "USD")
    assert (figures.fees.deposit, figures.fees.admin, figures.fees.install) == (usd("500"), usd("0"), usd("180"))
    assert figures.total == usd("19069.50")


def test_the_tax_is_on_equipment_alone() -> None:
    rates = replace(RATES, admin=Decimal(9999), shipping=Decimal(9999))
    assert suggested_fees([S21], RATE, rates, "USD").sales_tax == usd("1369.50")


def test_a_site_has_its_own_rates_where_it_has_some() -> None:
    at_site = RATES.overridden({"install_per_unit": Decimal(60)})
    fees = suggested_fees([S21], RATE, at_site, "USD")
    assert (fees.install, fees.admin) == (usd("240"), usd("250"))


def test_the_margin_is_not_known_when_one_cost_is_not() -> None:
    unknown = replace(S21, cost_basis=None)
    figures = priced([S21, unknown], Fees(), RATE, RATES, "USD")
    assert (figures.margin, figures.margin_percent) == (None, None)


def test_a_sale_below_cost_has_a_margin_below_zero() -> None:
    figures = priced([replace(S21, unit_price=usd("3000"))], Fees(), RATE, RATES, "USD")
    assert (figures.margin, figures.margin_percent) == (usd("-2400"), Decimal("-20.00"))


def test_a_quote_without_items_costs_its_fixed_fees() -> None:
    figures = priced([], Fees(), RATE, RATES, "USD")
    assert (figures.total, figures.margin) == (usd("670.00"), None)


def test_a_machine_given_away_has_a_margin_but_no_percentage() -> None:
    figures = priced([replace(S21, unit_price=usd("0"))], Fees(), RATE, RATES, "USD")
    assert (figures.margin, figures.margin_percent) == (usd("-14400"), None)


def test_currencies_without_cents_are_rounded_to_whole_units_once_per_fee() -> None:
    item = QuotedItem("S21", 3, Money(Decimal(620_001), "JPY"), Rating(Decimal(200), Decimal(3333)))
    fees = suggested_fees([item], Decimal("11.25"), FeeRates(tax_percent=Decimal("8.25")), "JPY")
    # 3 x 3.333 kW x 730 h x 11.25 = 82,116.7875; 1,860,003 x 8.25 % = 153,450.2475
    assert fees.deposit == Money(Decimal(82_117), "JPY")
    assert fees.sales_tax == Money(Decimal(153_450), "JPY")


@pytest.mark.parametrize("name", ["admin", "install_per_unit", "deposit_hours", "tax_percent"])
def test_rates_below_zero_are_refused_by_name(name: str) -> None:
    with pytest.raises(BadFees) as refused:
        replace(RATES, **{name: Decimal("-0.01")})
    assert refused.value.field == name


def test_a_tax_above_a_hundred_percent_is_refused() -> None:
    with pytest.raises(BadFees):
        replace(RATES, tax_percent=Decimal("100.01"))


@pytest.mark.parametrize("name", FEES)
def test_fees_below_zero_are_refused_by_name(name: str) -> None:
    with pytest.raises(BadFees) as refused:
        Fees(**{name: usd("-0.01")})
    assert refused.value.field == f"fees.{name}"


prices = st.decimals(0, 10**6, places=2).map(lambda d: Money(d, "USD"))
items = st.builds(
    QuotedItem,
    name=st.just("S"),
    quantity=st.integers(1, 1000),
    unit_price=prices,
    rating=st.builds(Rating, st.none(), st.decimals("0.001", 10_000, places=3) | st.none()),
    cost_basis=prices | st.none(),
)


@given(st.lists(items, max_size=5), st.decimals(0, 1, places=4))
def test_the_total_is_the_sum_of_the_printed_figures_in_any_order(lines: list[QuotedItem], rate: Decimal) -> None:
    figures = priced(lines, Fees(), rate, RATES, "USD")
    assert figures.total == sum((getattr(figures.fees, name) for name in FEES), figures.equipment)
    assert figures.equipment.amount == sum(i.quantity * i.unit_price.amount for i in lines)
    assert priced(lines[::-1], Fees(), rate, RATES, "USD") == figures


@given(st.lists(items, min_size=1, max_size=5), st.decimals(0, 1, places=4))
def test_setting_each_fee_to_what_is_suggested_changes_nothing(lines: list[QuotedItem], rate: Decimal) -> None:
    suggested = suggested_fees(lines, rate, RATES, "USD")
    assert priced(lines, suggested, rate, RATES, "USD") == priced(lines, Fees(), rate, RATES, "USD")
