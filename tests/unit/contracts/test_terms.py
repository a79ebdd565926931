"""Terms by the calendar: clamping, overrides, and ends as half-open instants (rule 2.4, X9, X10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import add_months, day_start
from contracts.domain.terms import (
    TERM_MONTHS,
    EndBeforeStart,
    NothingToProlong,
    Term,
    TermKind,
    TermOutOfRange,
    agreed,
    prolonged,
    with_end,
)

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
calendar_terms = st.sampled_from([Term(kind) for kind in TERM_MONTHS])
fixed_terms = st.one_of(calendar_terms, st.integers(1, 3660).map(lambda count: Term(TermKind.CUSTOM_DAYS, count)))


@pytest.mark.parametrize(
    ("kind", "start_on", "end_on"),
    [
        (TermKind.ONE_YEAR, date(2025, 1, 1), date(2025, 12, 31)),
        (TermKind.THREE_MONTHS, date(2024, 11, 30), date(2025, 2, 27)),
        (TermKind.THREE_MONTHS, date(2023, 11, 30), date(2024, 2, 28)),
        (TermKind.SIX_MONTHS, date(2025, 8, 31), date(2026, 2, 27)),
        (TermKind.ONE_YEAR, date(2024, 2, 29), date(2025, 2, 27)),
        (TermKind.TWO_YEARS, date(2024, 2, 29), date(2026, 2, 27)),
        (TermKind.THREE_YEARS, date(2025, 7, 15), date(2028, 7, 14)),
    ],
)
def test_the_last_day_is_the_day_before_the_clamped_anniversary(kind: TermKind, start_on: date, end_on: date) -> None:
    assert agreed(Term(kind), start_on).end_on == end_on


def test_a_custom_term_counts_its_days() -> None:
    assert agreed(Term(TermKind.CUSTOM_DAYS, 1), date(2025, 3, 1)).end_on == date(2025, 3, 1)
    assert agreed(Term(TermKind.CUSTOM_DAYS, 45), date(2025, 3, 1)).end_on == date(2025, 4, 14)


def test_month_to_month_has_no_end() -> None:
    tenure = agreed(Term(TermKind.MONTH_TO_MONTH), date(2025, 1, 31))
    assert tenure.end_on is None
    assert tenure.to_at("UTC") is None
    with pytest.raises(NothingToProlong):
        prolonged(tenure)


@pytest.mark.parametrize("days_given", [None, 0, -1, 3661])
def test_a_custom_term_without_possible_days_is_refused(days_given: int | None) -> None:
    with pytest.raises(TermOutOfRange) as refusal:
        Term(TermKind.CUSTOM_DAYS, days_given)
    assert refusal.value.field == "term.days"


def test_days_beside_a_calendar_term_are_refused() -> None:
    with pytest.raises(TermOutOfRange):
        Term(TermKind.ONE_YEAR, 365)


@given(calendar_terms, days)
def test_the_calendar_addition_holds_for_every_start_day(term: Term, start_on: date) -> None:
    end_on = agreed(term, start_on).end_on
    assert end_on is not None
    over_on = end_on + timedelta(days=1)
    months = TERM_MONTHS[term.kind]
    assert (over_on.year * 12 + over_on.month) - (start_on.year * 12 + start_on.month) == months
    clamped = over_on.day < start_on.day
    assert over_on.day == start_on.day or (clamped and (over_on + timedelta(days=1)).day == 1)


@given(fixed_terms, days, st.integers(1, 6))
def test_clamping_never_drifts_however_often_it_is_prolonged(term: Term, start_on: date, times: int) -> None:
    tenure = agreed(term, start_on)
    for _ in range(times):
        tenure = prolonged(tenure)
    assert tenure.end_on == term.after(start_on, times + 1) - timedelta(days=1)
    if term.kind in TERM_MONTHS:
        months = TERM_MONTHS[term.kind] * (times + 1)
        assert tenure.end_on == add_months(start_on, months) - timedelta(days=1)


def test_a_contract_from_the_31st_is_back_on_the_31st_after_february() -> None:
    tenure = agreed(Term(TermKind.THREE_MONTHS), date(2024, 11, 30))
    ends = [tenure.end_on]
    for _ in range(3):
        tenure = prolonged(tenure)
        ends.append(tenure.end_on)
    assert ends == [date(2025, 2, 27), date(2025, 5, 29), date(2025, 8, 29), date(2025, 11, 29)]


def test_an_end_set_by_hand_is_remembered_and_counted_on_from() -> None:
    tenure = with_end(agreed(Term(TermKind.THREE_MONTHS), date(2025, 1, 1)), date(2025, 4, 30))
    assert tenure.end_overridden
    assert prolonged(tenure).end_on == date(2025, 7, 31)
    assert prolonged(prolonged(tenure)).end_on == date(2025, 10, 31)
    assert prolonged(tenure).end_overridden


def test_month_to_month_may_be_given_an_end_and_goes_on_by_months() -> None:
    tenure = with_end(agreed(Term(TermKind.MONTH_TO_MONTH), date(2025, 1, 31)), date(2025, 1, 31))
    assert prolonged(tenure).end_on == date(2025, 2, 28)
    assert prolonged(prolonged(tenure)).end_on == date(2025, 3, 31)


def test_an_end_before_the_start_is_refused_and_the_start_itself_is_not() -> None:
    tenure = agreed(Term(TermKind.ONE_YEAR), date(2025, 1, 10))
    assert with_end(tenure, date(2025, 1, 10)).end_on == date(2025, 1, 10)
    with pytest.raises(EndBeforeStart) as refusal:
        with_end(tenure, date(2025, 1, 9))
    assert refusal.value.field == "end_on"


def test_the_printed_last_day_counts_whole_in_the_organizations_zone() -> None:
    tenure = agreed(Term(TermKind.ONE_YEAR), date(2025, 1, 1))
    assert tenure.from_at("America/Chicago") == datetime(2025, 1, 1, 6, tzinfo=UTC)
    assert tenure.to_at("America/Chicago") == datetime(2026, 1, 1, 6, tzinfo=UTC)


@given(fixed_terms, days, st.sampled_from(["UTC", "America/Chicago", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]))
def test_terms_touch_without_gap_or_overlap_in_every_zone(term: Term, start_on: date, zone: str) -> None:
    tenures = [agreed(term, start_on)]
    tenures.append(prolonged(tenures[0]))
    for earlier, later in pairwise(tenures):
        assert earlier.end_on is not None
        assert earlier.to_at(zone) == day_start(earlier.end_on + timedelta(days=1), zone)
        assert later.end_on is not None
        assert earlier.end_on < later.end_on
