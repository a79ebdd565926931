"""Instants, local days, billing periods (rules 2)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

Instant = int | Fraction
EVER, NEVER = -(10**12), 10**12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> Instant:
    """Seconds since 1970 of an instant with an offset."""
    micro = (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    return micro // 10**6 if micro % 10**6 == 0 else Fraction(micro, 10**6)


def day(text: str) -> date:
    return date.fromisoformat(text)


def local_day(at: Instant, zone: str) -> date:
    """The calendar day on the wall at that instant."""
    return (_EPOCH + timedelta(seconds=at.__floor__())).astimezone(ZoneInfo(zone)).date()


@cache
def first_instant(on: date, zone: str) -> int:
    """The first second that the wall calls this day; the day after, where the day was skipped (rule 2.1)."""
    noon = int((datetime(on.year, on.month, on.day, tzinfo=UTC) - _EPOCH).total_seconds())
    minutes = range(noon - 16 * 3600, noon + 40 * 3600, 60)
    minute = next(at for at in minutes if local_day(at, zone) >= on)
    return next(at for at in range(minute - 59, minute + 1) if local_day(at, zone) >= on)


def end_of(last_on: date, zone: str) -> int:
    """The first instant after a last day."""
    return first_instant(last_on + timedelta(days=1), zone)


def last_day(end_at: Instant, zone: str) -> date:
    """The day that holds the last moment before an instant."""
    on = local_day(end_at, zone)
    return on - timedelta(days=1) if first_instant(on, zone) == end_at else on


def add_months(on: date, months: int) -> date:
    """Calendar addition, clamped to the last day of the month."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Period:
    """A billing period: its name, its first day, the day on which it ends (and is invoiced), its instants."""

    name: str
    first_on: date
    ends_on: date
    start: int
    end: int


def period(name: str, billing_day: int, zone: str) -> Period:
    """The period that begins in the month of its name."""
    year, month = (int(part) for part in name.split("-"))
    first_on = date(year, month, billing_day)
    ends_on = add_months(first_on, 1)
    return Period(name, first_on, ends_on, first_instant(first_on, zone), first_instant(ends_on, zone))


def days_covered(start: Instant, end: Instant, within: Period, zone: str) -> Fraction:
    """Local days of a period that a span covers, a part of a day by its share of that day's length (rule 2.5)."""
    total, on = Fraction(0), within.first_on
    while on < within.ends_on:
        opens, closes = first_instant(on, zone), end_of(on, zone)
        covered = min(end, closes) - max(start, opens)
        if covered > 0:
            total += Fraction(covered) / (closes - opens)
        on += timedelta(days=1)
    return total


def days_in(within: Period, zone: str) -> Fraction:
    """Local days of the whole period; a day that the zone skipped is none."""
    return days_covered(within.start, within.end, within, zone)


def hours(start: Instant, end: Instant) -> Fraction:
    """Real hours of a span."""
    return Fraction(end - start) / 3600
