"""Local days as instants: every zone, both clock changes, midnights that are missing or come twice (rule 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import (
    BadInstant,
    add_months,
    day_end,
    day_start,
    instant_of,
    instant_text,
    local_day,
    wall_now,
    zone_of,
)

ZONES = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WEEK = timedelta(weeks=1)
YEARS = (2023, 2027)


@lru_cache(maxsize=1)
def change_days() -> list[tuple[str, date]]:
    """Each zone with the local days on which its clock changes in some years, found by halving weeks."""
    found = []
    for name in ZONES:
        tz = ZoneInfo(name)
        at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
        while at.year < YEARS[1]:
            low, high = at, at + WEEK
            if low.astimezone(tz).utcoffset() != high.astimezone(tz).utcoffset():
                while high - low > SECOND:
                    middle = low + (high - low) // 2
                    same = middle.astimezone(tz).utcoffset() == low.astimezone(tz).utcoffset()
                    low, high = (middle, high) if same else (low, middle)
                found.append((name, high.astimezone(tz).date()))
            at += WEEK
    return found


def is_first_instant(at: datetime, day: date, zone: str) -> bool:
    tz = ZoneInfo(zone)
    return at.astimezone(tz).date() >= day > (at - SECOND).astimezone(tz).date()


def day_hours(day: date, zone: str) -> timedelta:
    return day_end(day, zone) - day_start(day, zone)


def test_around_every_clock_change_of_every_zone_days_begin_at_their_first_instant() -> None:
    assert len(change_days()) > 500
    for zone, changed in change_days():
        for day in (changed - DAY, changed, changed + DAY, changed + 2 * DAY):
            assert is_first_instant(day_start(day, zone), day, zone), (zone, day)
            assert day_end(day, zone) == day_start(day + DAY, zone)


def test_the_days_of_every_zone_cover_the_year_without_gap_or_overlap() -> None:
    for zone in ZONES[::7]:
        days = [date(2025, 1, 1) + n * DAY for n in range(365)]
        lengths = sum((day_hours(day, zone) for day in days), timedelta())
        assert lengths == day_start(date(2026, 1, 1), zone) - day_start(date(2025, 1, 1), zone), zone


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2025, 3, 9), "America/Chicago", 23),
        (date(2025, 11, 2), "America/Chicago", 25),
        (date(2025, 3, 10), "America/Chicago", 24),
        (date(2025, 3, 30), "Europe/Berlin", 23),
        (date(2025, 10, 26), "Europe/Berlin", 25),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),
        (date(2018, 2, 17), "America/Sao_Paulo", 25),
        (date(2025, 11, 2), "America/Havana", 25),
        (date(2011, 12, 30), "Pacific/Apia", 0),
    ],
)
def test_days_have_their_real_length(day: date, zone: str, hours: int) -> None:
    assert day_hours(day, zone) == timedelta(hours=hours)


def test_lord_howe_changes_by_half_an_hour() -> None:
    assert day_hours(date(2025, 4, 6), "Australia/Lord_Howe") == timedelta(hours=24, minutes=30)
    assert day_hours(date(2025, 10, 5), "Australia/Lord_Howe") == timedelta(hours=23, minutes=30)


@pytest.mark.parametrize(
    ("day", "zone", "at"),
    [
        (date(2018, 11, 4), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        (date(2024, 4, 26), "Africa/Cairo", datetime(2024, 4, 25, 22, tzinfo=UTC)),
        (date(2022, 3, 27), "Asia/Beirut", datetime(2022, 3, 26, 22, tzinfo=UTC)),
        (date(2025, 3, 9), "America/Havana", datetime(2025, 3, 9, 5, tzinfo=UTC)),
    ],
)
def test_where_midnight_does_not_exist_the_day_begins_after_the_gap(day: date, zone: str, at: datetime) -> None:
    assert day_start(day, zone) == at
    assert at.astimezone(ZoneInfo(zone)).hour == 1


@pytest.mark.parametrize(
    ("day", "zone", "at"),
    [
        (date(2025, 11, 2), "America/Havana", datetime(2025, 11, 2, 4, tzinfo=UTC)),
        (date(2025, 10, 26), "Atlantic/Azores", datetime(2025, 10, 26, 0, tzinfo=UTC)),
        (date(2010, 11, 7), "America/St_Johns", datetime(2010, 11, 7, 2, 30, tzinfo=UTC)),
    ],
)
def test_where_midnight_comes_twice_the_first_one_begins_the_day(day: date, zone: str, at: datetime) -> None:
    assert day_start(day, zone) == at


def test_a_day_that_a_zone_skipped_is_empty_and_its_neighbours_touch() -> None:
    skipped = date(2011, 12, 30)
    assert day_start(skipped, "Pacific/Apia") == day_start(skipped + DAY, "Pacific/Apia")
    assert day_end(skipped - DAY, "Pacific/Apia") == day_start(skipped + DAY, "Pacific/Apia")


@given(st.sampled_from(ZONES), st.dates(date(1980, 1, 1), date(2060, 12, 31)))
def test_every_day_of_every_zone_begins_at_its_first_instant(zone: str, day: date) -> None:
    start = day_start(day, zone)
    tz = ZoneInfo(zone)
    assert start.astimezone(tz).date() >= day
    assert (start - SECOND).astimezone(tz).date() < day
    assert local_day(start, zone) >= day


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_months_are_added_by_the_calendar_and_clamped(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + DAY).day == 1)


def test_the_end_of_january_plus_a_month_is_the_end_of_february() -> None:
    assert add_months(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), -12) == date(2023, 2, 28)


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_an_instant_is_the_same_after_its_text(zone: str, seconds: int, micros: int) -> None:
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=micros)
    at = utc.astimezone(ZoneInfo(zone))
    assert instant_of(instant_text(at)) == utc
    assert instant_text(at).endswith("Z")


def test_offsets_are_understood_and_their_absence_refused() -> None:
    assert instant_of("2025-03-01T00:00:00+01:00") == datetime(2025, 2, 28, 23, tzinfo=UTC)
    for text in ("2025-03-01T00:00:00", "2025-02-30T00:00:00Z", "tomorrow", ""):
        with pytest.raises(BadInstant) as refusal:
            instant_of(text, field="from")
        assert refusal.value.field == "from"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "America", "\0"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(BadInstant):
        zone_of(name)


def test_the_wall_clock_is_aware() -> None:
    assert wall_now().tzinfo is UTC
