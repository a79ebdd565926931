"""Period and zone bugs that other billing engines had: each test names its origin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from common.clock import day_start, instant_text
from invoicing.domain.cycles import Batch, Member
from invoicing.domain.lines import LineMethod
from invoicing.domain.periods import BadPeriod, day_holding, hours_between, period_holding, period_named
from invoicing.domain.terms import ContractTerms, ContractType, CycleKind, Plan, PrepaidTerms, RateFrom
from unit.peers.bills import at, billed, case, channel, fixed, hosted, month, organization, steady, unit

HOUR = timedelta(hours=1)
ZONES = [
    *(f"Etc/GMT{offset:+d}" for offset in range(-14, 12)),
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]


def batch(first_on: date, kind: CycleKind, timezone: str = "UTC") -> Batch:
    terms = ContractTerms(
        contract_id="C1",
        customer_id="A",
        type=ContractType.HOSTED,
        currency="USD",
        timezone=timezone,
        first_on=first_on,
        plan=Plan.PREPAID,
        rates=(RateFrom(day_start(first_on, timezone), Decimal("0.085")),),
        methods=(LineMethod.METERED,),
        prepaid=PrepaidTerms(cycle=kind),
    )
    return Batch(terms, first_on, (Member("u1", Fraction(3), day_start(first_on, timezone), None, None),))


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_job_at_any_utc_hour_bills_every_zone_exactly_once(zone: str) -> None:
    """getlago/lago-api#879: customers ahead of UTC were billed twice."""
    for hour in range(24):
        runs = [datetime(2025, 1, 1, hour, tzinfo=UTC) + timedelta(days=n) for n in range(120)]
        due = [period_holding(day_holding(run, zone), 1, zone) for run in runs]
        invoiced = [later.name for earlier, later in pairwise(due) if earlier.name != later.name]
        first, last = due[0].first_on, due[-1].first_on
        assert len(set(invoiced)) == len(invoiced) == (last.year - first.year) * 12 + last.month - first.month
        assert len(invoiced) >= 3
        for run, period in zip(runs, due, strict=True):
            assert period.from_at <= run < period.to_at


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Tokyo", "America/Chicago", "Pacific/Honolulu"])
@pytest.mark.parametrize("kind", list(CycleKind))
def test_an_anniversary_in_any_zone_gives_one_cycle_at_every_instant(zone: str, kind: CycleKind) -> None:
    """getlago/lago-api#1074: anniversary billing with a time zone made duplicate invoices."""
    plan = batch(date(2025, 1, 20), kind, zone)
    cycles = [plan.cycle(number) for number in range(1, 30)]
    assert all(earlier.to_at == later.from_at for earlier, later in pairwise(cycles))
    assert len({plan.cycle_key(cycle.number) for cycle in cycles}) == len(cycles)


@pytest.mark.parametrize(("name", "hours"), [("2025-03", 743), ("2025-11", 721), ("2025-07", 744)])
def test_a_fixed_fee_is_whole_in_months_of_23_and_25_hour_days(name: str, hours: int) -> None:
    """getlago/lago-api#1438: proration went wrong over daylight saving."""
    period = period_named(name, 1, "America/Chicago")
    assert hours_between(period.from_at, period.to_at) == hours
    (invoice,) = billed(case(organization("America/Chicago"), [fixed("150.00")], [unit("u1")]), month(name))
    assert invoice["total"] == "150.00"


def test_a_day_of_23_hours_counts_as_one_day_of_a_fixed_fee() -> None:
    """getlago/lago-api#1438, the changed day alone: 1/31 of the fee, not 23/744 of it."""
    only = ("C1", "2025-03-09T06:00:00Z", "2025-03-10T05:00:00Z")
    document = case(organization("America/Chicago"), [fixed("310.00")], [unit("u1", only)])
    (invoice,) = billed(document, month("2025-03"))
    assert invoice["total"] == "10.00"


def test_billing_days_after_the_28th_are_refused() -> None:
    """getlago/lago-api#1567: anniversaries on the 31st had wrong bounds or no invoice; a billing day is 1 to 28."""
    for day in (0, 29, 30, 31):
        with pytest.raises(BadPeriod):
            period_named("2025-01", day, "UTC")
    for year in (2024, 2025):
        periods = [period_named(f"{year}-{number:02}", 28, "UTC") for number in range(1, 13)]
        assert all(earlier.next_on == later.first_on for earlier, later in pairwise(periods))


@pytest.mark.parametrize("first_on", [date(2024, 1, 29), date(2024, 1, 30), date(2024, 1, 31), date(2025, 1, 31)])
def test_an_anchor_at_the_end_of_a_month_is_clamped_and_comes_back(first_on: date) -> None:
    """getlago/lago-api#1567, killbill/killbill#2133: an add-on at the end of the month drifted away from it."""
    plan = batch(first_on, CycleKind.ANCHORED_MONTH)
    february = plan.cycle(2).first_on
    assert february.month == 2
    assert (february + timedelta(days=1)).day in (1, first_on.day + 1)
    assert plan.cycle(3).first_on == date(first_on.year, 3, first_on.day)
    assert plan.cycle(4).first_on == date(first_on.year, 4, min(first_on.day, 30))


def test_the_thirty_first_of_february_does_not_stop_an_account() -> None:
    """killbill/killbill#127: a date on 31 February moved to March and the account stood still."""
    plan = batch(date(2025, 1, 31), CycleKind.ANCHORED_MONTH)
    starts = [plan.cycle(number).first_on for number in range(1, 15)]
    assert starts[1] == date(2025, 2, 28)
    assert all(earlier < later for earlier, later in pairwise(starts))
    assert starts[12] == date(2026, 1, 31)


def test_the_denominator_of_a_part_is_the_whole_period() -> None:
    """getlago/lago-api#6194: after an upgrade the share was taken of what was left of the period."""
    first = ("C1", "2025-01-01T00:00:00Z", "2025-01-11T00:00:00Z")
    second = ("C2", "2025-01-11T00:00:00Z", None)
    document = case(organization(), [fixed("310.00"), fixed("620.00", "C2")], [unit("u1", first, second)])
    (invoice,) = billed(document, month("2025-01"))
    assert [line["amount"] for line in invoice["lines"]] == ["100.00", "420.00"]


@pytest.mark.parametrize(("end", "total"), [("2025-01-31", "310.00"), ("2025-02-01", "11.07"), ("2025-01-01", "10.00")])
def test_a_contract_that_ends_on_the_first_or_last_day_is_billed_to_its_last_instant(end: str, total: str) -> None:
    """getlago/lago-api#1179: the bounds were wrong when a contract ended at the edge of a period."""
    document = case(organization(), [fixed("310.00", end=end)], [unit("u1")])
    invoices = billed(document, month("2025-01"), month("2025-02"), month("2025-03"))
    assert invoices[-1]["total"] == total
    assert len(invoices) == (2 if end == "2025-02-01" else 1)


@pytest.mark.parametrize("start", ["2024-07-15", "2025-01-01", "2024-11-03"])
def test_a_contract_made_in_summer_is_billed_like_one_made_in_winter(start: str) -> None:
    """killbill/killbill#1934: the offset was frozen when the account was made."""
    reads = {"p1": steady(at("2024-01-01T00:00:00Z"), at("2025-12-31T00:00:00Z"))}
    document = case(
        organization("America/Chicago"),
        [hosted(start=start)],
        [unit("u1")],
        channels=[channel("p1", "u1")],
        reads=reads,
    )
    totals = [invoice["lines"][0]["kwh"] for invoice in billed(document, month("2025-03"), month("2025-07"))]
    assert totals == ["2229.000", "2232.000"]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "UTC"])
def test_generating_a_period_again_bills_nothing_twice_in_any_zone(zone: str) -> None:
    """killbill/killbill#1856: an account that was not on UTC had its usage billed twice."""
    reads = {"p1": steady(at("2024-12-01T00:00:00Z"), at("2025-04-01T00:00:00Z"))}
    document = case(organization(zone), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    once = billed(document, month("2025-01"), month("2025-02"))
    again = billed(document, month("2025-01"), month("2025-01"), month("2025-02"), month("2025-01"))
    assert again == once
    assert [line["kind"] for line in once[1]["lines"]] == ["energy"]


@pytest.mark.parametrize(
    ("zone", "changed"), [("America/Chicago", date(2025, 3, 9)), ("America/Chicago", date(2025, 11, 2))]
)
def test_a_job_in_the_changed_hours_finds_one_and_the_same_period(zone: str, changed: date) -> None:
    """killbill/killbill#445: endless invoices around the clock change."""
    start = day_start(changed, zone)
    for billing_day in (changed.day, changed.day + 1):
        periods = [period_holding(day_holding(start + n * HOUR / 2, zone), billing_day, zone) for n in range(-4, 60)]
        names = [period.name for period in periods]
        assert sum(earlier != later for earlier, later in pairwise(names)) == 1
        for n, period in enumerate(periods, start=-4):
            assert period.from_at <= start + n * HOUR / 2 < period.to_at


def test_a_billing_day_on_the_day_of_the_change_stays_local_midnight() -> None:
    """killbill/killbill#743: the billing day was wrong across the change of the clock."""
    before, after = period_named("2025-02", 9, "America/Chicago"), period_named("2025-03", 9, "America/Chicago")
    assert instant_text(before.from_at) == "2025-02-09T06:00:00Z"
    assert instant_text(after.from_at) == "2025-03-09T06:00:00Z"
    assert instant_text(after.to_at) == "2025-04-09T05:00:00Z"


def test_the_last_and_first_hour_of_a_local_month_are_billed_in_it() -> None:
    """killbill/killbill#1981: usage between UTC's and the Pacific's midnight was missing."""
    reads = [
        ["2024-12-01T08:00:00Z", "1000.000"],
        ["2025-02-01T07:00:00Z", "1000.000"],
        ["2025-02-01T08:00:00Z", "1003.000"],
        ["2025-02-01T09:00:00Z", "1005.000"],
        ["2025-03-01T08:00:00Z", "1005.000"],
    ]
    document = case(
        organization("America/Los_Angeles"),
        [hosted()],
        [unit("u1")],
        channels=[channel("p1", "u1")],
        reads={"p1": reads},
    )
    invoices = billed(document, month("2025-01"), month("2025-02"))
    assert [invoice["lines"][0]["kwh"] for invoice in invoices] == ["3.000", "2.000"]


def test_the_two_hours_that_look_alike_are_two_hours() -> None:
    """flexprice/flexprice#2593: period bounds were local times, so the repeated hour was ambiguous."""
    reads = [
        ["2025-11-02T06:00:00Z", "1000.000"],
        ["2025-11-02T07:00:00Z", "1001.000"],
        ["2025-11-02T08:00:00Z", "1003.000"],
    ]
    first = ("C1", "2025-11-02T01:00:00-05:00", "2025-11-02T01:00:00-06:00")
    second = ("C2", "2025-11-02T01:00:00-06:00", None)
    document = case(
        organization("America/Chicago"),
        [hosted("C1"), hosted("C2", "B")],
        [unit("u1", first, second)],
        channels=[channel("p1", "u1")],
        reads={"p1": reads},
    )
    invoices = billed(document, month("2025-11"))
    assert [invoice["lines"][0]["kwh"] for invoice in invoices] == ["1.000", "2.000"]


@pytest.mark.parametrize("name", ["2024-02", "2025-02", "2025-03", "2025-11"])
def test_the_periods_of_a_year_cover_it_once_in_every_zone(name: str) -> None:
    """getlago/lago#146: time zones; every instant belongs to exactly one period."""
    for zone in ZONES:
        for billing_day in (1, 15, 28):
            period = period_named(name, billing_day, zone)
            following = period_holding(period.next_on, billing_day, zone)
            assert following.from_at == period.to_at
            assert period_holding(period.last_on, billing_day, zone) == period
