"""How long a contract runs: its term, its calendar edges, and an end set by hand (rule 2.4, CB-28, CB-29)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from common.clock import add_months, day_end, day_start
from common.errors import RuleBroken

LONGEST_CUSTOM_DAYS = 3660


class TermOutOfRange(RuleBroken):
    """A custom term has no days, or too many; a calendar term has days beside it."""

    code = "term_out_of_range"


class EndBeforeStart(RuleBroken):
    """The last day lies before the first one."""

    code = "end_before_start"


class NothingToProlong(RuleBroken):
    """A contract without an end cannot be renewed or extended."""

    code = "nothing_to_prolong"


class TermKind(StrEnum):
    MONTH_TO_MONTH = "month_to_month"
    THREE_MONTHS = "3_months"
    SIX_MONTHS = "6_months"
    ONE_YEAR = "1_year"
    TWO_YEARS = "2_years"
    THREE_YEARS = "3_years"
    CUSTOM_DAYS = "custom_days"


TERM_MONTHS = {
    TermKind.THREE_MONTHS: 3,
    TermKind.SIX_MONTHS: 6,
    TermKind.ONE_YEAR: 12,
    TermKind.TWO_YEARS: 24,
    TermKind.THREE_YEARS: 36,
}


@dataclass(frozen=True, slots=True)
class Term:
    """An agreed length; `days` belongs to the custom one alone."""

    kind: TermKind
    days: int | None = None

    def __post_init__(self) -> None:
        custom = self.kind is TermKind.CUSTOM_DAYS
        if custom and not (self.days is not None and 1 <= self.days <= LONGEST_CUSTOM_DAYS):
            raise TermOutOfRange(
                f"A custom term of {self.days} days is not possible.",
                field="term.days",
                remedy=f"1 to {LONGEST_CUSTOM_DAYS} days",
            )
        if not custom and self.days is not None:
            raise TermOutOfRange(
                f"The term {self.kind.value} is counted by the calendar, not in days.",
                field="term.days",
                remedy="leave days out, or choose custom_days",
            )

    @property
    def is_open(self) -> bool:
        """Month to month has no end."""
        return self.kind is TermKind.MONTH_TO_MONTH

    def after(self, anchor_on: date, times: int) -> date:
        """The day on which the n-th term counted from the anchor is over, the first day that no longer counts.

        Always counted from the anchor, so that a clamped February never shortens the terms behind it.
        """
        if self.kind is TermKind.CUSTOM_DAYS:
            assert self.days is not None
            return anchor_on + timedelta(days=self.days * times)
        return add_months(anchor_on, TERM_MONTHS.get(self.kind, 1) * times)


@dataclass(frozen=True, slots=True)
class Tenure:
    """From the first to the last local day that counts; no `end_on`, no end.

    `anchor_on` and `terms` remember what the end was counted from: the original start, or the day after an end that
    was set by hand. Renewals and extensions go on counting from there.
    """

    term: Term
    start_on: date
    end_on: date | None
    anchor_on: date
    terms: int
    end_overridden: bool = False

    def from_at(self, zone: str) -> datetime:
        """The first instant that counts."""
        return day_start(self.start_on, zone)

    def to_at(self, zone: str) -> datetime | None:
        """The first instant that no longer counts: the end of the last day (rule 2.3)."""
        return None if self.end_on is None else day_end(self.end_on, zone)


def agreed(term: Term, start_on: date) -> Tenure:
    """The tenure that a term gives from its first day."""
    end_on = None if term.is_open else term.after(start_on, 1) - timedelta(days=1)
    return Tenure(term, start_on, end_on, anchor_on=start_on, terms=0 if term.is_open else 1)


def with_end(tenure: Tenure, end_on: date) -> Tenure:
    """The tenure with its last day set by hand, remembered as such (CB-29)."""
    if end_on < tenure.start_on:
        raise EndBeforeStart(
            f"The contract would end on {end_on}, before it starts on {tenure.start_on} (rule 2.3).",
            field="end_on",
            remedy=f"{tenure.start_on} or later",
        )
    return replace(tenure, end_on=end_on, end_overridden=True, anchor_on=end_on + timedelta(days=1), terms=0)


def prolonged(tenure: Tenure, by: Term | None = None) -> Tenure:
    """The tenure one term longer (its own, or one month where `by` is month to month)."""
    if tenure.end_on is None:
        raise NothingToProlong("A contract without an end goes on by itself.", field="term")
    step = tenure.term if by is None else by
    if step != tenure.term:
        tenure = replace(tenure, term=step, anchor_on=tenure.end_on + timedelta(days=1), terms=0)
    over_on = step.after(tenure.anchor_on, tenure.terms + 1)
    return replace(tenure, end_on=over_on - timedelta(days=1), terms=tenure.terms + 1)
