"""Billing periods and local days as factors (rule 2)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import day_start
from invoicing.domain.periods import (
    BadPeriod,
    day_holding,
    days_covered,
    hours_between,
    last_day_before,
    period_holding,
    period_named,
)

ZONES = sorted(available_timezones() - {"localtime"})


def test_the_period_named_january_is_invoiced_on_the_day_it_ends() -> None:
    period = period_named("2025-01", 15, "America/Chicago")
    assert (period.first_on, period.last_on, period.next_on) == (
        date(2025, 1, 15),
        date(2025, 2, 14),
        date(2025, 2, 15),
    )
    assert period.from_at == datetime(2025, 1, 15, 6, tzinfo=UTC)


@pytest.mark.parametrize(("name", "hours"), [("2025-01", 744), ("2025-02", 671), ("2025-10", 745)])
def test_hours_are_real_over_both_clock_changes(name: str, hours: int) -> None:
    period = period_named(name, 15, "America/Chicago")
    assert hours_between(period.from_at, period.to_at) == hours


def test_a_year_of_periods_touches_and_wraps_over_december() -> None:
    periods = [period_named(f"2024-{month:02}", 28, "UTC") for month in range(1, 13)]
    assert all(one.next_on == other.first_on for one, other in pairwise(periods))
    assert periods[-1].next_on == date(2025, 1, 28)


@pytest.mark.parametrize("name", ["2025-13", "2025-00", "2025-1", "25-01", "", "0000-01", "2025-01-01"])
def test_a_name_that_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(BadPeriod, match="not a billing period"):
        period_named(name, 1, "UTC")


@pytest.mark.parametrize("day", [0, 29, 30, 31, -1])
def test_a_billing_day_that_not_every_month_has_is_refused(day: int) -> None:
    with pytest.raises(BadPeriod, match="not in every month"):
        period_named("2025-01", day, "UTC")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 28))
def test_every_day_lies_in_the_period_that_holds_it(day: date, billing_day: int) -> None:
    period = period_holding(day, billing_day, "UTC")
    assert period.first_on <= day < period.next_on


def test_a_day_whose_midnight_does_not_exist_begins_with_its_first_instant() -> None:
    period = period_named("2017-10", 15, "America/Sao_Paulo")
    assert period.from_at == datetime(2017, 10, 15, 3, tzinfo=UTC)
    assert hours_between(period.from_at, day_start(date(2017, 10, 16), "America/Sao_Paulo")) == 23


def test_where_midnight_comes_twice_the_day_changes_once() -> None:
    # St. John's put its clocks back at 00:01 until 2011: the first minute of the day came twice.
    zone = "America/St_Johns"
    start = day_start(date(2010, 11, 7), zone)
    assert day_holding(start, zone) == date(2010, 11, 7)
    assert day_holding(start + timedelta(minutes=30), zone) == date(2010, 11, 7)
    assert last_day_before(start, zone) == date(2010, 11, 6)


@given(st.sampled_from(ZONES), st.integers(1, 28), st.integers(1, 12), st.integers(1980, 2037))
def test_a_whole_period_covers_its_days_in_every_zone(zone: str, billing_day: int, month: int, year: int) -> None:
    period = period_named(f"{year}-{month:02}", billing_day, zone)
    assert days_covered([(period.from_at, period.to_at)], zone) == period.days


@given(st.sampled_from(ZONES), st.integers(1, 2_600_000))
def test_two_parts_of_a_period_cover_what_the_whole_does(zone: str, seconds: int) -> None:
    period = period_named("2011-11", 1, zone)
    cut = period.from_at + timedelta(seconds=min(seconds, int((period.to_at - period.from_at).total_seconds()) - 1))
    parts = [(period.from_at, cut), (cut, period.to_at)]
    assert days_covered(parts[:1], zone) + days_covered(parts[1:], zone) == days_covered(parts, zone) == period.days


def test_half_of_a_short_day_is_half_a_day() -> None:
    start = day_start(date(2025, 3, 9), "America/Chicago")
    assert days_covered([(start, start + timedelta(hours=11, minutes=30))], "America/Chicago") == Fraction(1, 2)
