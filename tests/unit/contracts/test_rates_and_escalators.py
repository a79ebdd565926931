"""Rates that are rates, and rates that change at agreed dates (rules 1.4, 4.6, E16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RuleBroken
from common.money import BadAmount, round_half_up
from contracts.domain.escalators import (
    Amendment,
    EscalatorOutOfRange,
    IndexEscalator,
    PercentEscalator,
    RatePlan,
    rate_at,
    rate_changes,
)
from contracts.domain.rates import RateOutOfRange, checked_rate, rate_of, starting_rate

RATE = Decimal("0.075")
UNTIL = date(2030, 1, 1)


def plan(*escalators: PercentEscalator | IndexEscalator, amendments: tuple[Amendment, ...] = ()) -> RatePlan:
    return RatePlan(RATE, "USD", "UTC", escalators, amendments)


@pytest.mark.parametrize("text", ["0", "0.075", "0.000001", "10", "5.5"])
def test_a_plain_rate_is_accepted(text: str) -> None:
    assert rate_of(text, "USD") == Decimal(text)


@pytest.mark.parametrize(
    "text", ["-0.01", "7.5e-2", "NaN", "1e400", "Infinity", "0.0000001", "10.01", "", "0,07", "0x1"]
)
def test_what_is_no_rate_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rate_of(text, "USD", field="rate_per_kwh")
    assert refusal.value.field == "rate_per_kwh"
    assert refusal.value.remedy


@pytest.mark.parametrize("wrong", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), Decimal("-1e-3")])
def test_decimals_that_are_no_rate_are_refused(wrong: Decimal) -> None:
    with pytest.raises(RateOutOfRange):
        checked_rate(wrong, "USD")


def test_only_a_market_price_may_be_negative() -> None:
    assert rate_of("-0.0062", "USD", market=True) == Decimal("-0.0062")
    with pytest.raises(RateOutOfRange):
        rate_of("-11", "USD", market=True)


def test_the_ceiling_moves_with_the_currency() -> None:
    assert rate_of("1500", "IDR") == 1500
    assert rate_of("25", "JPY") == 25
    with pytest.raises(RateOutOfRange):
        rate_of("25", "USD")
    with pytest.raises(BadAmount):
        rate_of("0.07", "XXX")


def test_a_draft_starts_with_the_sites_rate_else_the_organizations() -> None:
    assert starting_rate(Decimal("0.06"), RATE) == Decimal("0.06")
    assert starting_rate(Decimal(0), RATE) == 0
    assert starting_rate(None, RATE) == RATE
    assert starting_rate(None, None) is None


def test_three_percent_inside_the_period() -> None:
    changes = rate_changes(plan(PercentEscalator(Decimal(3), date(2025, 1, 11))), UNTIL)
    assert changes == [(datetime(2025, 1, 11, tzinfo=UTC), Decimal("0.07725"))]


def test_it_compounds_on_the_exact_rate_and_each_printed_one_is_rounded_by_itself() -> None:
    changes = rate_changes(plan(PercentEscalator(Decimal(3), date(2026, 1, 1), 12)), date(2030, 1, 1))
    assert [rate for _, rate in changes] == [
        round_half_up(Fraction(75, 1000) * Fraction(103, 100) ** n, 6) for n in range(1, 5)
    ]
    assert changes[2][1] == Decimal("0.081955")


def test_without_compounding_every_step_adds_the_same() -> None:
    steps = PercentEscalator(Decimal(10), date(2026, 1, 1), 12, compounding=False)
    rates = [rate for _, rate in rate_changes(plan(steps), date(2029, 1, 2))]
    assert rates == [Decimal("0.0825"), Decimal("0.09"), Decimal("0.0975"), Decimal("0.105")]


def test_steps_are_counted_from_the_first_day_so_clamping_never_drifts() -> None:
    steps = PercentEscalator(Decimal(1), date(2025, 1, 31), 1)
    assert [day for day, _ in steps.steps(date(2025, 5, 1))] == [
        date(2025, 1, 31),
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
    ]


def test_a_step_on_the_day_until_is_not_yet_there() -> None:
    once = PercentEscalator(Decimal(3), date(2026, 1, 1))
    assert rate_changes(plan(once), date(2026, 1, 1)) == []
    assert len(rate_changes(plan(once), date(2026, 1, 2))) == 1


def test_steps_begin_at_local_midnight() -> None:
    local = RatePlan(RATE, "USD", "America/Chicago", (PercentEscalator(Decimal(3), date(2025, 7, 1)),))
    assert rate_changes(local, UNTIL)[0][0] == datetime(2025, 7, 1, 5, tzinfo=UTC)


def test_an_index_moves_the_rate_in_proportion() -> None:
    index = IndexEscalator(Decimal(100), ((date(2026, 1, 1), Decimal(104)), (date(2027, 1, 1), Decimal(130))))
    assert [rate for _, rate in rate_changes(plan(index), UNTIL)] == [Decimal("0.078"), Decimal("0.0975")]


def test_an_index_step_is_kept_within_floor_and_cap() -> None:
    values = ((date(2026, 1, 1), Decimal(110)), (date(2027, 1, 1), Decimal(55)))
    index = IndexEscalator(Decimal(100), values, floor_percent=Decimal(0), cap_percent=Decimal(5))
    assert [rate for _, rate in rate_changes(plan(index), UNTIL)] == [Decimal("0.07875")]


def test_an_amendment_stands_and_later_steps_build_on_it() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    yearly = PercentEscalator(Decimal(10), date(2026, 1, 1), 12)
    changes = rate_changes(plan(yearly, amendments=(Amendment(at, Decimal("0.06")),)), date(2028, 1, 1))
    assert [rate for _, rate in changes] == [Decimal("0.0825"), Decimal("0.06"), Decimal("0.066")]
    assert changes[1][0] == at


def test_an_amendment_at_the_instant_of_a_step_stands() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    both = plan(PercentEscalator(Decimal(10), date(2026, 1, 1)), amendments=(Amendment(at, Decimal("0.06")),))
    assert rate_changes(both, UNTIL) == [(at, Decimal("0.06"))]


def test_a_step_that_changes_nothing_is_left_out() -> None:
    assert rate_changes(plan(PercentEscalator(Decimal(0), date(2026, 1, 1), 12)), UNTIL) == []


def test_the_rate_in_force_at_an_instant() -> None:
    changes = rate_changes(plan(PercentEscalator(Decimal(3), date(2025, 1, 11))), UNTIL)
    assert rate_at(RATE, changes, datetime(2025, 1, 10, 23, 59, tzinfo=UTC)) == RATE
    assert rate_at(RATE, changes, datetime(2025, 1, 11, tzinfo=UTC)) == Decimal("0.07725")


@pytest.mark.parametrize("percent", ["-100", "100.01", "NaN"])
def test_absurd_percentages_are_refused(percent: str) -> None:
    with pytest.raises(EscalatorOutOfRange):
        PercentEscalator(Decimal(percent), date(2026, 1, 1))


def test_absurd_rhythms_and_indexes_are_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(EscalatorOutOfRange):
        PercentEscalator(Decimal(3), day, 0)
    with pytest.raises(EscalatorOutOfRange):
        IndexEscalator(Decimal(0), ((day, Decimal(1)),))
    with pytest.raises(EscalatorOutOfRange):
        IndexEscalator(Decimal(100), ())
    with pytest.raises(EscalatorOutOfRange):
        IndexEscalator(Decimal(100), ((day, Decimal(1)), (day, Decimal(2))))
    with pytest.raises(EscalatorOutOfRange):
        IndexEscalator(Decimal(100), ((day, Decimal(1)),), floor_percent=Decimal(5), cap_percent=Decimal(4))


def test_a_plan_that_grows_absurd_is_refused() -> None:
    doubling = plan(PercentEscalator(Decimal(100), date(2026, 1, 1), 1))
    with pytest.raises(RateOutOfRange):
        rate_changes(doubling, UNTIL)


@given(
    st.decimals("0.001", "0.5", places=6),
    st.decimals("-5", "5", places=3),
    st.integers(6, 24),
    st.integers(1, 8),
)
def test_every_rate_has_at_most_six_decimals_and_instants_rise(
    first: Decimal, percent: Decimal, months: int, years: int
) -> None:
    growing = RatePlan(first, "USD", "UTC", (PercentEscalator(percent, date(2026, 3, 31), months),))
    changes = rate_changes(growing, date(2026 + years, 1, 1))
    assert all(rate == round(rate, 6) and rate >= 0 for _, rate in changes)
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(changes))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: RatePlan(Decimal(-1), "USD", "UTC"), "rate_per_kwh"),
        (
            lambda: plan(amendments=(Amendment(datetime(2026, 1, 1, tzinfo=UTC), Decimal(-1)),)),
            "amendments.rate_per_kwh",
        ),
        (lambda: rate_changes(plan(PercentEscalator(Decimal(100), date(2026, 1, 1), 1)), UNTIL), "escalators"),
        (lambda: PercentEscalator(Decimal(101), date(2026, 1, 1)), "escalator.percent"),
        (lambda: PercentEscalator(Decimal(1), date(2026, 1, 1), 121), "escalator.every_months"),
        (lambda: IndexEscalator(Decimal(-1), ((date(2026, 1, 1), Decimal(1)),)), "escalator.values"),
    ],
)
def test_refusals_name_the_field(wrong: Callable[[], object], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        wrong()
    assert refusal.value.field == field


def test_the_edges_of_what_is_possible_are_possible() -> None:
    day = date(2026, 1, 1)
    assert PercentEscalator(Decimal(100), day, 120).every_months == 120
    assert PercentEscalator(Decimal("-99.99"), day, 1).percent == Decimal("-99.99")
    same = IndexEscalator(Decimal(100), ((day, Decimal(104)),), floor_percent=Decimal(2), cap_percent=Decimal(2))
    assert rate_changes(plan(same), UNTIL)[0][1] == Decimal("0.0765")
    assert rate_of("-10", "USD", market=True) == -10
    assert rate_of("1000", "JPY") == 1000
