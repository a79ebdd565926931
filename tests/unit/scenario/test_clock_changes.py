"""Every zone and both clock changes: what is billed is power x hours that really passed (rules 2.1, 2.5; issue 4)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.clock import day_start, instant_text
from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of
from hostbook.scenario.world import computed
from invoicing.domain.lines import LineKind
from invoicing.domain.periods import day_holding, hours_between, period_holding, period_named
from support.reference.compare import disagreements
from support.reference.reckon import reckon

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = sorted(available_timezones() - {"localtime"})
YEARS = range(2005, 2031)


@lru_cache(maxsize=2048)
def changes(zone: str, year: int) -> tuple[datetime, ...]:
    """The instants of a year, to the minute, at which the zone's clock jumps."""
    tz = ZoneInfo(zone)
    days = [datetime(year, 1, 1, tzinfo=UTC) + n * DAY for n in range(366)]
    return tuple(
        _found(tz, day) for day in days if day.astimezone(tz).utcoffset() != (day + DAY).astimezone(tz).utcoffset()
    )


def _found(tz: ZoneInfo, low: datetime) -> datetime:
    high, before = low + DAY, low.astimezone(tz).utcoffset()
    while high - low > MINUTE:
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high.replace(second=0, microsecond=0)


def month_around(change: datetime, zone: str, billing_day: int) -> dict[str, Any]:
    """3 kW by the hash method through three periods, a rate that changes at the very jump, and a fixed amount."""
    around = change - 70 * DAY, change + 100 * DAY
    name = period_holding(day_holding(change, zone), billing_day, zone)
    names = [
        period_holding(name.first_on - DAY, billing_day, zone).name,
        name.name,
        period_holding(name.next_on, billing_day, zone).name,
    ]
    start = around[0].date().isoformat()
    metered: dict[str, Any] = {"id": "C1", "customer": "A", "type": "hosted", "start": start, "rate_per_kwh": "0.1"}
    metered |= {"billing_methods": ["hash"], "rates": [[instant_text(change), "0.2"]]}
    fixed = {"id": "C2", "customer": "A", "type": "hosted", "start": start, "fixed_monthly_per_unit": "310"}
    unit = {"rated_w": 3000, "rated_ths": "200", "efficiency_jth": "15"}
    spans = {
        "u1": [instant_text(around[0] - 9 * DAY), instant_text(around[1]), "200", "hashing"],
    }
    return {
        "organization": {"timezone": zone, "billing_day": billing_day, "currency": "USD"},
        "customers": {"A": {}},
        "contracts": [metered, fixed],
        "units": [
            {"id": u, **unit, "assignments": [{"contract": c, "from": instant_text(around[0] - 9 * DAY)}]}
            for u, c in (("u1", "C1"), ("u2", "C2"))
        ],
        "telemetry": {u: [row] for u, row in spans.items()},
        "steps": [{"invoice": one} for one in names],
    }


@settings(max_examples=25, deadline=None)
@given(zone=st.sampled_from(ZONES), year=st.sampled_from(YEARS), billing_day=st.integers(1, 28), pick=st.integers(0, 3))
def test_every_zone_and_clock_change_is_billed_by_real_hours(zone: str, year: int, billing_day: int, pick: int) -> None:
    jumps = changes(zone, year) or (datetime(year, 6, 1, tzinfo=UTC),)
    case = month_around(jumps[pick % len(jumps)], zone, billing_day)
    world = computed(case_of(case))
    for posted, step in zip(world.books.posted, case["steps"], strict=True):
        period = period_named(step["invoice"], billing_day, zone)
        hours = hours_between(period.from_at, period.to_at)
        kwh = sum((line.kwh for line in posted.invoice.lines if line.kwh is not None), Decimal(0))
        assert Fraction(kwh) == 3 * hours
        assert [line.amount for line in posted.invoice.lines if line.kind is LineKind.FIXED] == [Decimal("310.00")]
    assert disagreements(reckon(case), outcome(world)) == []


def days_of(zone: str, year: int) -> Iterator[timedelta]:
    first = datetime(year, 1, 1, tzinfo=UTC).date()
    for n in range(365):
        yield day_start(first + (n + 1) * DAY, zone) - day_start(first + n * DAY, zone)


@pytest.mark.parametrize(
    ("zone", "lengths"),
    [
        ("America/Chicago", {23, 24, 25}),
        ("Australia/Sydney", {23, 24, 25}),
        ("Africa/Cairo", {23, 24, 25}),
        ("America/Havana", {23, 24, 25}),
        ("Australia/Lord_Howe", {Fraction(47, 2), 24, Fraction(49, 2)}),
        ("Asia/Kathmandu", {24}),
        ("UTC", {24}),
    ],
)
def test_days_have_23_24_and_25_hours_where_the_clock_says_so(zone: str, lengths: set[Fraction | int]) -> None:
    assert {Fraction(length // MINUTE, 60) for length in days_of(zone, 2025)} == lengths
