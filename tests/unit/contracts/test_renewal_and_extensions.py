"""Automatic renewal with its notice window, and the counted extensions of a lease (CB-09, CB-13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.domain.extensions import ExtensionLimitOutOfRange, Extensions, ExtensionsExhausted, extended
from contracts.domain.renewal import (
    AutoRenewal,
    NoticeAlreadyGiven,
    NoticeCannotBeWithdrawn,
    NoticeWindowOutOfRange,
    RenewsBy,
    give_notice,
    last_notice_on,
    notice_window_closes_at,
    renewed,
    renews,
    withdraw_notice,
)
from contracts.domain.terms import Term, TermKind, agreed

YEAR = agreed(Term(TermKind.ONE_YEAR), date(2025, 1, 1))
OPEN = agreed(Term(TermKind.MONTH_TO_MONTH), date(2025, 1, 1))


def test_the_window_closes_thirty_days_before_the_end() -> None:
    assert last_notice_on(YEAR, AutoRenewal()) == date(2025, 12, 1)
    closes_at = notice_window_closes_at(YEAR, AutoRenewal(), "America/Chicago")
    assert closes_at == datetime(2025, 12, 2, 6, tzinfo=UTC)


def test_a_contract_without_an_end_has_no_window_and_does_not_renew() -> None:
    assert last_notice_on(OPEN, AutoRenewal()) is None
    assert notice_window_closes_at(OPEN, AutoRenewal(), "UTC") is None
    assert not renews(OPEN, AutoRenewal())


@pytest.mark.parametrize(("given_on", "goes_on"), [(date(2025, 12, 1), False), (date(2025, 12, 2), True)])
def test_a_notice_on_the_last_day_of_the_window_counts_and_a_day_later_not(given_on: date, goes_on: bool) -> None:
    assert renews(YEAR, give_notice(AutoRenewal(), given_on)) is goes_on


def test_a_late_notice_ends_the_next_term() -> None:
    late = give_notice(AutoRenewal(), date(2025, 12, 20))
    following = renewed(YEAR, late)
    assert following.end_on == date(2026, 12, 31)
    assert not renews(following, late)


def test_without_notice_it_renews_by_the_term_or_by_the_month() -> None:
    assert renews(YEAR, AutoRenewal())
    assert renewed(YEAR, AutoRenewal()).end_on == date(2026, 12, 31)
    monthly = AutoRenewal(renews_by=RenewsBy.MONTH)
    once = renewed(YEAR, monthly)
    assert once.end_on == date(2026, 1, 31)
    assert renewed(once, monthly).end_on == date(2026, 2, 28)
    assert renewed(renewed(once, monthly), monthly).end_on == date(2026, 3, 31)


def test_without_auto_renewal_nothing_renews() -> None:
    assert not renews(YEAR, None)


def test_notice_is_given_once_and_withdrawn_only_inside_the_window() -> None:
    noticed = give_notice(AutoRenewal(), date(2025, 6, 1))
    with pytest.raises(NoticeAlreadyGiven):
        give_notice(noticed, date(2025, 6, 2))
    assert withdraw_notice(YEAR, noticed, date(2025, 12, 1)).notice_given_on is None
    with pytest.raises(NoticeCannotBeWithdrawn):
        withdraw_notice(YEAR, noticed, date(2025, 12, 2))
    with pytest.raises(NoticeCannotBeWithdrawn):
        withdraw_notice(YEAR, AutoRenewal(), date(2025, 6, 1))


def test_a_late_notice_may_still_be_withdrawn_for_the_next_term() -> None:
    late = give_notice(AutoRenewal(), date(2025, 12, 20))
    assert withdraw_notice(YEAR, late, date(2025, 12, 24)).notice_given_on is None


@pytest.mark.parametrize("notice_days", [-1, 367])
def test_an_impossible_window_is_refused(notice_days: int) -> None:
    with pytest.raises(NoticeWindowOutOfRange):
        AutoRenewal(notice_days)


@given(st.integers(0, 366), st.dates(date(2024, 1, 1), date(2027, 1, 1)))
def test_a_notice_counts_exactly_if_the_window_lies_behind_it_whole(notice_days: int, on: date) -> None:
    renewal = give_notice(AutoRenewal(notice_days), on)
    assert YEAR.end_on is not None
    assert renews(YEAR, renewal) == (on + timedelta(days=notice_days) > YEAR.end_on)


def test_three_extensions_and_the_fourth_is_refused() -> None:
    tenure, extensions = agreed(Term(TermKind.SIX_MONTHS), date(2025, 1, 1)), Extensions()
    for _ in range(3):
        tenure, extensions = extended(tenure, extensions)
    assert tenure.end_on == date(2026, 12, 31)
    with pytest.raises(ExtensionsExhausted) as refusal:
        extended(tenure, extensions)
    assert "3 extensions" in refusal.value.message


def test_no_extension_can_be_agreed_and_absurd_numbers_are_refused() -> None:
    with pytest.raises(ExtensionsExhausted):
        extended(YEAR, Extensions(limit=0))
    for limit in (-1, 100):
        with pytest.raises(ExtensionLimitOutOfRange):
            Extensions(limit=limit)
