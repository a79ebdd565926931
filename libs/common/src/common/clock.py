"""Instants are aware UTC; local days are made here and nowhere else (billing rules 2)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.errors import refusal

BadInstant = refusal("bad_instant", 422, "A zone or a part of the date is missing or impossible.")


def wall_now() -> datetime:
    """The wall clock, UTC. Evidence and audit use it; business time of an organization comes from its own clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the clock


def instant_of(text: str, *, field: str | None = None) -> datetime:
    """An RFC 3339 instant as aware UTC; one without an offset is refused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(f"{text!r} is not an instant.", field=field, remedy="2025-03-01T00:00:00Z") from None
    if at.tzinfo is None:
        raise BadInstant(f"{text!r} has no offset.", field=field, remedy="end it with Z or an offset")
    return at.astimezone(UTC)


def instant_text(at: datetime) -> str:
    """The instant as RFC 3339 in UTC, `Z` at its end, fractions only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name; an unknown one is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "a name such as America/Chicago"
        raise BadInstant(f"{name!r} is not an IANA time zone (rule 2.1).", field="timezone", remedy=remedy) from None


@lru_cache(maxsize=65536)
def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC, also where midnight does not exist or comes twice (rule 2.1)."""
    tz = zone_of(zone)
    at = datetime.combine(day, time(), tz).astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) == datetime.combine(day, time()):
        return at
    low, high = at - timedelta(days=1), at
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (low, middle) if middle.astimezone(tz).date() >= day else (middle, high)
    return high


def day_end(day: date, zone: str) -> datetime:
    """The first instant after a local day: the start of the next one."""
    return day_start(day + timedelta(days=1), zone)


def local_day(at: datetime, zone: str) -> date:
    """The local calendar day that an instant lies in."""
    return at.astimezone(zone_of(zone)).date()


def add_months(day: date, months: int) -> date:
    """Calendar addition, clamped to the last day of the month (rule 2.4): 31 January + 1 month = 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
