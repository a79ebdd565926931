"""Notice stops a renewal or ends what has no end; the parties are reminded 60, 30 and 7 days before (CB-09, CB-28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.domain.contract import Contract, ContractState, ContractType
from contracts.domain.former import Rest
from contracts.domain.life import at_end
from contracts.domain.notice import NoticeBeforeStart, NoticeNotNeeded, last_day, notice_withdrawn, noticed
from contracts.domain.reminders import About, due_between, next_look_at, reminders_of
from contracts.domain.renewal import AutoRenewal, NoticeAlreadyGiven, NoticeCannotBeWithdrawn, RenewsBy
from contracts.domain.suspension import AlreadySuspended, NotSuspended, resumed, suspended
from contracts.domain.terms import Term, TermKind
from unit.contracts.agreements import YEAR_END, contract

OPEN = Term(TermKind.MONTH_TO_MONTH)


def active(**changes: Any) -> Contract:
    return contract(state=ContractState.ACTIVE, number="C-1", **changes)


def test_a_notice_ends_an_open_contract_so_many_days_later() -> None:
    ended = noticed(active(term=OPEN, notice_days=30), date(2025, 5, 1))
    assert (ended.tenure.end_on, ended.notice_given_on) == (date(2025, 5, 31), date(2025, 5, 1))
    assert last_day(ended) == date(2025, 5, 31)
    again = notice_withdrawn(ended, date(2025, 5, 20))
    assert (again.tenure.end_on, again.notice_given_on, again.tenure.end_overridden) == (None, None, False)


def test_a_timely_notice_ends_the_running_term_and_a_late_one_the_next() -> None:
    timely = noticed(active(auto_renewal=AutoRenewal(30)), date(2025, 12, 1))
    assert last_day(timely) == date(2025, 12, 31)
    assert at_end(timely, YEAR_END).state is ContractState.ENDED
    late = noticed(active(auto_renewal=AutoRenewal(30)), date(2025, 12, 2))
    assert last_day(late) is None
    renewed = at_end(late, YEAR_END)
    assert (renewed.tenure.end_on, last_day(renewed)) == (date(2026, 12, 31), date(2026, 12, 31))


def test_a_contract_may_go_on_month_by_month_after_its_term() -> None:
    monthly = active(auto_renewal=AutoRenewal(10, RenewsBy.MONTH))
    renewed = at_end(monthly, YEAR_END)
    assert renewed.tenure.end_on == date(2026, 1, 31)
    assert last_day(noticed(renewed, date(2026, 1, 21))) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("given", "on", "refusal"),
    [
        (active(), date(2025, 5, 1), NoticeNotNeeded),
        (active(term=OPEN), date(2024, 12, 31), NoticeBeforeStart),
        (noticed(active(term=OPEN), date(2025, 5, 1)), date(2025, 5, 2), NoticeAlreadyGiven),
    ],
)
def test_a_notice_that_means_nothing_is_refused(given: Contract, on: date, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        noticed(given, on)


def test_a_notice_is_not_taken_back_after_its_window() -> None:
    ended = noticed(active(auto_renewal=AutoRenewal(30)), date(2025, 12, 1))
    with pytest.raises(NoticeCannotBeWithdrawn):
        notice_withdrawn(ended, date(2025, 12, 2))
    with pytest.raises(NoticeNotNeeded):
        notice_withdrawn(active(), date(2025, 5, 1))


def test_a_contract_that_renews_reminds_of_its_notice_and_one_that_ends_of_its_end() -> None:
    renewing = reminders_of(active(auto_renewal=AutoRenewal(30)))
    assert [(r.about, r.due_on, r.days_before) for r in renewing] == [
        (About.NOTICE_DEADLINE, date(2025, 12, 1), days) for days in (60, 30, 7)
    ]
    assert [r.at for r in renewing] == [datetime(2025, 12, 1, tzinfo=UTC) - timedelta(days=d) for d in (60, 30, 7)]
    ending = reminders_of(active())
    assert {(r.about, r.due_on) for r in ending} == {(About.END, date(2025, 12, 31))}
    assert reminders_of(active(term=OPEN)) == []
    assert reminders_of(contract()) == []


def test_a_reminder_is_told_once_at_its_instant_and_one_that_was_over_is_not_made_up_for() -> None:
    ending = active()
    sixty, thirty, seven = (r.at for r in reminders_of(ending))
    assert [r.at for r in due_between(ending, sixty, thirty)] == [thirty]
    assert due_between(ending, seven, YEAR_END) == []
    assert next_look_at(ending, sixty) == thirty
    assert next_look_at(ending, seven) == YEAR_END
    assert next_look_at(active(term=OPEN), sixty) is None
    assert next_look_at(replace(ending, state=ContractState.ENDED), sixty) == YEAR_END


def test_a_suspended_contract_rests_and_its_term_runs_on() -> None:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    resting = suspended(active(), at)
    assert (resting.state, resting.suspended_at) == (ContractState.SUSPENDED, at)
    assert at_end(resting, YEAR_END).state is ContractState.ENDED
    assert len(reminders_of(resting)) == 3
    going = resumed(resting, at + timedelta(days=9))
    assert going.rests == (Rest(at, at + timedelta(days=9)),)
    assert (going.state, going.suspended_at) == (ContractState.ACTIVE, None)
    with pytest.raises(AlreadySuspended):
        suspended(resting, at)
    with pytest.raises(NotSuspended):
        resumed(going, at)


def test_infinity_without_renewal_has_nothing_to_give_notice_of() -> None:
    with pytest.raises(NoticeNotNeeded):
        noticed(contract(ContractType.INFINITY, state=ContractState.ACTIVE), date(2025, 5, 1))
