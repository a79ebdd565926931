"""Automatic renewal with a cancellation-notice window (CB-09, CB-30, X8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from common.clock import day_end
from common.errors import RuleBroken
from contracts.domain.terms import Tenure, Term, TermKind, prolonged

DEFAULT_NOTICE_DAYS = 30
LONGEST_NOTICE_DAYS = 366


class NoticeWindowOutOfRange(RuleBroken):
    """The notice window is negative or longer than a year."""

    code = "notice_window_out_of_range"


class NoticeAlreadyGiven(RuleBroken):
    """A second cancellation; the first one stands."""

    code = "notice_already_given"


class NoticeCannotBeWithdrawn(RuleBroken):
    """No notice was given, or its last day is over."""

    code = "notice_cannot_be_withdrawn"


class RenewsBy(StrEnum):
    """What a renewal adds: the agreed term again, or one month at a time."""

    TERM = "term"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class AutoRenewal:
    """A notice counts for a term if it is given at the latest `notice_days` whole days before the term's end."""

    notice_days: int = DEFAULT_NOTICE_DAYS
    renews_by: RenewsBy = RenewsBy.TERM
    notice_given_on: date | None = None

    def __post_init__(self) -> None:
        checked_notice_days(self.notice_days)


def checked_notice_days(days: int) -> int:
    """The notice window in days, not below zero and not longer than a year."""
    if not 0 <= days <= LONGEST_NOTICE_DAYS:
        raise NoticeWindowOutOfRange(
            f"A notice window of {days} days is not possible.",
            field="notice_days",
            remedy=f"0 to {LONGEST_NOTICE_DAYS} days",
        )
    return days


def last_notice_on(tenure: Tenure, renewal: AutoRenewal) -> date | None:
    """The last local day on which a notice still ends the running term; no end, no such day."""
    return None if tenure.end_on is None else tenure.end_on - timedelta(days=renewal.notice_days)


def notice_window_closes_at(tenure: Tenure, renewal: AutoRenewal, zone: str) -> datetime | None:
    """The first instant at which a notice comes too late for the running term."""
    day = last_notice_on(tenure, renewal)
    return None if day is None else day_end(day, zone)


def give_notice(renewal: AutoRenewal, on: date) -> AutoRenewal:
    """The customer's (or host's) cancellation. One that is late for this term ends the next one."""
    if renewal.notice_given_on is not None:
        raise NoticeAlreadyGiven(
            f"Notice was already given on {renewal.notice_given_on}.", field="notice_on", remedy="nothing to do"
        )
    return replace(renewal, notice_given_on=on)


def withdraw_notice(tenure: Tenure, renewal: AutoRenewal, on: date) -> AutoRenewal:
    """The notice taken back, while its window is still open."""
    last_on = last_notice_on(tenure, renewal)
    if renewal.notice_given_on is None or (last_on is not None and on > last_on >= renewal.notice_given_on):
        raise NoticeCannotBeWithdrawn(
            f"No notice can be withdrawn on {on}.", field="notice_on", remedy="make a new contract or set another end"
        )
    return replace(renewal, notice_given_on=None)


def renews(tenure: Tenure, renewal: AutoRenewal | None) -> bool:
    """Whether the running term is followed by another one, as known now."""
    if renewal is None or tenure.end_on is None:
        return False
    last_on = last_notice_on(tenure, renewal)
    given_on = renewal.notice_given_on
    return given_on is None or (last_on is not None and given_on > last_on)


def renewed(tenure: Tenure, renewal: AutoRenewal) -> Tenure:
    """The tenure after one renewal."""
    by = Term(TermKind.MONTH_TO_MONTH) if renewal.renews_by is RenewsBy.MONTH else None
    return prolonged(tenure, by)
