"""Exact quantities, the one rounding, and shares that sum to the whole (rule 1)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import (
    MINOR_UNIT,
    BadAmount,
    Money,
    allocate,
    decimal_of,
    exact_of,
    exact_text,
    minor_unit,
    round_half_up,
)

decimals = st.integers(0, 8)
numbers = st.fractions(-(10**9), 10**9, max_denominator=10**9)
weights = st.lists(st.fractions(0, 10**6, max_denominator=5_000), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("number", "places", "rounded"),
    [
        ("0.5", 0, "1"),
        ("-0.5", 0, "-1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("9.945", 2, "9.95"),
        ("-9.945", 2, "-9.95"),
        ("16.575", 2, "16.58"),
        ("25.575", 2, "25.58"),
        ("0.0049999999", 2, "0.00"),
        ("-0.004", 2, "0.00"),
        ("2462.9605", 3, "2462.961"),
    ],
)
def test_halves_go_away_from_zero_also_below_it(number: str, places: int, rounded: str) -> None:
    result = round_half_up(Decimal(number), places)
    assert f"{result:f}" == rounded
    assert not result.is_signed() or result < 0


@given(numbers, decimals)
def test_rounding_is_symmetric_and_never_further_than_half_a_step(number: Fraction, places: int) -> None:
    rounded = round_half_up(number, places)
    assert rounded == -round_half_up(-number, places)
    assert abs(Fraction(rounded) - number) * 2 <= Fraction(1, 10**places)
    assert round_half_up(rounded, places) == rounded


@given(st.decimals("-1e9", "1e9", places=9), decimals)
def test_rounding_a_decimal_agrees_with_the_standard_library(number: Decimal, places: int) -> None:
    assert round_half_up(number, places) == number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def test_a_repeating_decimal_is_rounded_from_its_exact_value() -> None:
    assert round_half_up(Fraction(7250 * 22, 31), 2) == Decimal("5145.16")
    assert round_half_up(Fraction(1, 3), 6) == Decimal("0.333333")
    assert round_half_up(Fraction(2, 3), 6) == Decimal("0.666667")


@given(st.integers(-(10**12), 10**12), weights, st.integers(0, 3))
def test_parts_sum_to_the_whole_and_lie_within_one_step_of_their_share(
    count: int, shares: list[Fraction], places: int
) -> None:
    total = Decimal(count).scaleb(-places)
    parts = allocate(total, shares, places)
    assert sum(parts, Decimal(0)) == total
    whole = sum(shares) or Fraction(len(shares))
    for part, share in zip(parts, shares if sum(shares) else [Fraction(1)] * len(shares), strict=True):
        assert abs(Fraction(part) - Fraction(total) * share / whole) < Fraction(1, 10**places)
        assert share != 0 or part == 0


def test_ties_go_to_the_part_listed_first() -> None:
    assert allocate(Decimal("0.05"), [1, 1, 1], 2) == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
    assert allocate(Decimal("-0.05"), [1, 1, 1], 2) == [Decimal("-0.02"), Decimal("-0.02"), Decimal("-0.01")]
    assert allocate(Decimal("0.01"), [Fraction(1, 3), Fraction(2, 3)], 2) == [Decimal("0.00"), Decimal("0.01")]


def test_without_weight_the_parts_are_equal() -> None:
    assert allocate(Decimal(10), [0, 0, 0], 0) == [Decimal(4), Decimal(3), Decimal(3)]


def test_impossible_allocations_are_refused() -> None:
    for total, shares, places in ((Decimal(1), [], 2), (Decimal(1), [-1, 2], 2), (Decimal("0.001"), [1], 2)):
        with pytest.raises(BadAmount):
            allocate(total, shares, places)


@given(st.one_of(numbers, st.decimals("-1e12", "1e12", places=12).map(Fraction)))
def test_an_exact_text_is_the_same_quantity_again(number: Fraction) -> None:
    text = exact_text(number)
    assert exact_of(text) == number
    assert "e" not in text.lower()
    assert exact_text(exact_of(text)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-2, 6), "-1/3"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(100), "100"),
        (Fraction(1, 7500), "1/7500"),
        (Fraction(12345678, 1000), "12345.678"),
    ],
)
def test_what_terminates_is_a_decimal_and_the_rest_a_fraction_in_lowest_terms(number: Fraction, text: str) -> None:
    assert exact_text(number) == text


@pytest.mark.parametrize("text", ["", "1e5", "NaN", "1/0", "1/-3", "0x10", "1.", ".5", "1,5", "1/2/3", " 1", "∞"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        exact_of(text)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400", "1E2", "", "1.", "--1", "1" * 25, "0." + "1" * 19, "١"])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(BadAmount) as refusal:
        decimal_of(text, field="amount")
    assert refusal.value.field == "amount"


def test_currencies_have_their_own_minor_unit() -> None:
    assert (minor_unit("USD"), minor_unit("JPY"), minor_unit("KWD")) == (2, 0, 3)
    for code in ("BTC", "usd", "", "XXX"):
        with pytest.raises(BadAmount):
            minor_unit(code)


@given(st.sampled_from(sorted(MINOR_UNIT)), numbers)
def test_money_is_never_finer_than_its_currency(code: str, number: Fraction) -> None:
    money = Money.rounded(number, code)
    assert money.amount == round_half_up(number, MINOR_UNIT[code])
    with pytest.raises(BadAmount):
        Money(Decimal(1).scaleb(-MINOR_UNIT[code] - 1), code)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "1e400", "0.001"])
def test_what_is_no_amount_is_refused(wrong: str) -> None:
    with pytest.raises(BadAmount):
        Money(Decimal(wrong), "USD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(BadAmount):
        Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")
    with pytest.raises(BadAmount):
        assert Money(Decimal(1), "USD") < Money(Decimal(1), "EUR")


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_money_adds_up_without_loss(one: int, other: int) -> None:
    a, b = Money(Decimal(one).scaleb(-2), "USD"), Money(Decimal(other).scaleb(-2), "USD")
    assert (a + b) - b == a
    assert bool(a) == (one != 0)


def test_money_reads_plainly() -> None:
    assert str(Money(Decimal("1234.5"), "USD")) == "1234.50 USD"
    assert str(Money.zero("JPY")) == "0 JPY"
