"""Billing periods of an organization: named months between billing days, and local days as a factor (rule 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from common.clock import add_months, day_start, local_day
from common.errors import RuleBroken

_NAME = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)
_DAY, _HALF_DAY = timedelta(days=1), timedelta(hours=12)
LATEST_BILLING_DAY = 28


class BadPeriod(RuleBroken):
    """Not the name of a billing period, or not a billing day."""

    code = "bad_period"


@dataclass(frozen=True, slots=True)
class Period:
    """Half open: from `first_on` 00:00 local to `next_on` 00:00 local. The invoice date is `next_on` (rule 2.2)."""

    name: str
    first_on: date
    next_on: date
    timezone: str

    @property
    def from_at(self) -> datetime:
        return day_start(self.first_on, self.timezone)

    @property
    def to_at(self) -> datetime:
        return day_start(self.next_on, self.timezone)

    @property
    def last_on(self) -> date:
        return self.next_on - timedelta(days=1)

    @property
    def days(self) -> int:
        """Local days in it; one that the zone skipped over the date line is none (rule 2.5)."""
        return _days_between(self.first_on, self.next_on, self.timezone)


def period_named(name: str, billing_day: int, timezone: str) -> Period:
    """The period that begins in the named month, such as `2025-01`."""
    match = _NAME.fullmatch(name)
    if match is None or match[1] in ("0000", "9999"):
        raise BadPeriod(f"{name!r} is not a billing period (rule 2.2).", field="invoice", remedy="a month: 2025-01")
    first_on = date(int(match[1]), int(match[2]), checked_billing_day(billing_day))
    return Period(name, first_on, add_months(first_on, 1), timezone)


def period_holding(day: date, billing_day: int, timezone: str) -> Period:
    """The period that a local day lies in."""
    month = day if day.day >= checked_billing_day(billing_day) else add_months(day.replace(day=1), -1)
    return period_named(f"{month.year:04}-{month.month:02}", billing_day, timezone)


def checked_billing_day(day: int) -> int:
    if not 1 <= day <= LATEST_BILLING_DAY:
        raise BadPeriod(f"Billing day {day} is not in every month (rule 2.1).", field="billing_day", remedy="1 to 28")
    return day


def day_holding(at: datetime, timezone: str) -> date:
    """The local day whose half-open span holds the instant; days change once, even where midnight comes twice."""
    day = local_day(at, timezone)
    if at < day_start(day, timezone):
        return day - timedelta(days=1)
    following = day + timedelta(days=1)
    return following if day_start(following, timezone) <= at else day


def whole_day_from(at: datetime, timezone: str) -> datetime:
    """The start of the first local day that lies wholly after an instant, or begins with it."""
    day = day_holding(at, timezone)
    start = day_start(day, timezone)
    return start if start == at else day_start(day + timedelta(days=1), timezone)


def last_day_before(at: datetime, timezone: str) -> date:
    """The last local day that has a part before the instant."""
    return day_holding(at - _TICK, timezone)


def hours_between(from_at: datetime, to_at: datetime) -> Fraction:
    """Real hours, exact (rule 2.1)."""
    return Fraction((to_at - from_at) // _TICK, _HOUR // _TICK)


def days_covered(parts: Iterable[tuple[datetime, datetime]], timezone: str) -> Fraction:
    """Local days in half-open parts; a day covered in part counts by its share of that day's length (rule 2.5)."""
    return sum((_days(from_at, to_at, timezone) for from_at, to_at in parts), Fraction(0))


def _days(from_at: datetime, to_at: datetime, timezone: str) -> Fraction:
    first, last = day_holding(from_at, timezone), day_holding(to_at, timezone)
    return _days_between(first, last, timezone) + _share(last, to_at, timezone) - _share(first, from_at, timezone)


def _days_between(first: date, last: date, timezone: str) -> int:
    """Days of the calendar from one to another that took place: their real time, to whole days."""
    return (day_start(last, timezone) - day_start(first, timezone) + _HALF_DAY) // _DAY


def _share(day: date, at: datetime, timezone: str) -> Fraction:
    """How much of the day has passed at the instant, 0 to 1."""
    start, end = day_start(day, timezone), day_start(day + timedelta(days=1), timezone)
    return Fraction((at - start) // _TICK, (end - start) // _TICK) if end > start else Fraction(0)
