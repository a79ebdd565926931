"""Hand-overs, edges, and what is refused (rules 3, 4.5, 4.6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from common.clock import day_end, day_start
from common.errors import RuleBroken
from metering.domain.alerts import refused_runs, set_aside
from metering.domain.hashprice import hashprice_over, refuse_overlapping_hashprice
from metering.domain.instants import instant_at, micros_of
from metering.domain.profile import Resolution, load_profile
from metering.domain.refusals import (
    BadChannel,
    BadHashprice,
    BadRating,
    BadReads,
    BadTelemetry,
    BadWindow,
    ChannelsOverlap,
    HashpriceOverlap,
    UnitOnTwoContracts,
)
from metering.domain.registers import modulus_of_digits, reads_of, refuse_overlapping_channels
from metering.domain.usage import derive_usage, known_of
from metering.domain.values import (
    Channel,
    ChannelReads,
    ContractWindow,
    HashpriceRow,
    Method,
    Rating,
    TelemetryRow,
    UnitEvidence,
    UnitStatus,
)
from metering.domain.windows import clipped
from unit.metering.plain import BEGIN, RATING, channel, evidence, hourly, when, window


def test_a_unit_that_changes_hands_is_billed_to_each_contract_for_its_own_span() -> None:
    first = ContractWindow("C1", when(0), when(Fraction(5, 2)), [Method.METERED])
    second = ContractWindow("C2", when(Fraction(5, 2)), None, [Method.METERED])
    spans = derive_usage(evidence(hourly(8)), [second, first], [], (when(0), when(8)))
    assert [(span.contract_id, span.by_method["metered"].energy_kwh) for span in spans] == [
        ("C1", Fraction(15, 2)),
        ("C2", Fraction(33, 2)),
    ]


def test_spans_are_cut_at_the_edges_given_and_at_the_contracts_own() -> None:
    own = replace(window(), edges=[when(2), when(99)])
    spans = derive_usage(evidence(hourly(8)), [own], [when(5), when(2), when(8)], (when(1), when(8)))
    assert [(span.from_at, span.to_at) for span in spans] == [
        (when(1), when(2)),
        (when(2), when(5)),
        (when(5), when(8)),
    ]


def test_a_span_without_length_has_no_usage() -> None:
    assert derive_usage(evidence(hourly(8)), [window()], [], (when(4), when(4))) == []
    assert derive_usage(evidence(hourly(8)), [], [], (when(4), when(5))) == []


def test_an_assignment_counts_only_within_its_contract() -> None:
    assert clipped((when(0), None), (when(2), when(5))) == (when(2), when(5))
    assert clipped((when(3), when(4)), (when(2), None)) == (when(3), when(4))
    assert clipped((when(3), when(4)), (when(4), None)) is None
    assert clipped((when(3), None), (when(0), None)) == (when(3), None)


def test_a_unit_on_two_contracts_at_one_instant_is_refused() -> None:
    windows = [window(to_at=when(5)), ContractWindow("C2", when(4), when(9), [Method.METERED])]
    with pytest.raises(UnitOnTwoContracts):
        derive_usage(evidence(hourly(8)), windows, [], (when(0), when(2)))


def test_channels_of_one_outlet_may_touch_and_not_overlap_whatever_they_feed() -> None:
    early = Channel("a", "o", "u1", Fraction(100), Fraction(1), None, when(5))
    refuse_overlapping_channels([early, Channel("b", "o", "u2", Fraction(100), Fraction(1), when(5), None)])
    refuse_overlapping_channels([early, Channel("b", "p", "u2", Fraction(100), Fraction(1), when(4), None)])
    with pytest.raises(ChannelsOverlap, match="a and b overlap on outlet o"):
        refuse_overlapping_channels([Channel("b", "o", "u2", Fraction(100), Fraction(1), when(4), None), early])


def test_hashprice_rows_may_touch_and_not_overlap() -> None:
    rows = [HashpriceRow(when(5), when(9), Fraction(60)), HashpriceRow(when(0), when(5), Fraction(50))]
    refuse_overlapping_hashprice(rows)
    assert hashprice_over(rows, when(4), when(10)).mean == Fraction(50 + 4 * 60, 5)
    assert hashprice_over(rows, when(9), when(10)).mean is None
    with pytest.raises(HashpriceOverlap):
        refuse_overlapping_hashprice([*rows, HashpriceRow(when(8), when(10), Fraction(1))])


BAD: list[tuple[type[RuleBroken], Callable[[], object]]] = [
    (BadRating, lambda: Rating(Fraction(-1), Fraction(1))),
    (BadRating, lambda: Rating(Fraction(1), Fraction(-1))),
    (BadRating, lambda: Rating(Fraction(1), Fraction(1), Fraction(-1))),
    (BadRating, lambda: known_of(UnitEvidence("u", []))),
    (BadRating, lambda: known_of(UnitEvidence("u", [RATING, RATING]))),
    (BadChannel, lambda: channel(modulus=Fraction(0))),
    (BadChannel, lambda: channel(tick=Fraction(0))),
    (BadChannel, lambda: channel(tick=Fraction(10_001))),
    (BadChannel, lambda: channel(life=(when(2), when(1)))),
    (BadChannel, lambda: known_of(replace(evidence([]), unit_id="v"))),
    (BadReads, lambda: reads_of(channel(), [(BEGIN, Decimal("NaN"))])),
    (BadReads, lambda: reads_of(channel(), [(BEGIN, Decimal("Infinity"))])),
    (BadReads, lambda: ChannelReads(channel(), [1, 2], [1], Fraction(1))),
    (BadReads, lambda: ChannelReads(channel(), [1], [1], Fraction(0))),
    (BadTelemetry, lambda: TelemetryRow(when(2), when(1), Fraction(1), UnitStatus.ONLINE)),
    (BadTelemetry, lambda: TelemetryRow(when(1), when(2), Fraction(-1), UnitStatus.ONLINE)),
    (BadHashprice, lambda: HashpriceRow(when(2), when(1), Fraction(1))),
    (BadWindow, lambda: derive_usage(evidence([]), [window(to_at=when(-1))], [], (when(0), when(1)))),
    (BadWindow, lambda: derive_usage(evidence([]), [replace(window(), methods=["guess"])], [], (when(0), when(1)))),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("refusal", "attempt"), BAD)
def test_what_cannot_be_is_refused_by_name(refusal: type[RuleBroken], attempt: Callable[[], object]) -> None:
    with pytest.raises(refusal) as caught:
        attempt()
    assert caught.value.code != "rule_broken"
    assert len(caught.value.message) > 20


def test_reads_set_aside_are_listed_with_their_reason() -> None:
    reads = [*hourly(3), (when(1), Fraction(4)), (when(4), Fraction(900)), (when(5), Fraction(-2))]
    assert [(read.read_at, read.register_kwh, read.reason) for read in set_aside(known_of(evidence(reads)))] == [
        (when(1), Fraction(4), "duplicate_value"),
        (when(4), Fraction(900), "spike"),
        (when(5), Fraction(-2), "out_of_range"),
    ]


def test_reads_refused_as_spikes_for_more_than_a_day_raise_an_alert() -> None:
    high = [(when(3 + hour), Fraction(5000 + hour % 2 * 1000)) for hour in range(1, 26)]
    run = refused_runs(known_of(evidence([*hourly(3), *high])))
    assert run == []
    run = refused_runs(known_of(evidence([*hourly(3), *high, (when(29), Fraction(7000))])))
    assert [(one.channel_id, one.from_at, one.to_at, one.read_count) for one in run] == [("c", when(4), when(29), 26)]
    healed = [*hourly(3), *high[:13], (when(16) + timedelta(minutes=30), Fraction(40)), *high[13:]]
    assert refused_runs(known_of(evidence(healed))) == []


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2025, 3, 9), "America/Chicago", 23),
        (date(2025, 11, 2), "America/Chicago", 25),
        (date(2025, 4, 6), "Australia/Lord_Howe", Fraction(49, 2)),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),
        (date(2025, 3, 10), "America/Chicago", 24),
    ],
)
def test_a_local_day_has_its_real_hours(day: date, zone: str, hours: int | Fraction) -> None:
    start, end = day_start(day, zone), day_end(day, zone)
    reads = [(start + timedelta(hours=n - 2), Fraction(3 * n)) for n in range(40)]
    owned = ContractWindow("C1", start, end, [Method.METERED])
    span = derive_usage(evidence(reads), [owned], [], (start - timedelta(days=3), end + timedelta(days=3)))[0]
    assert span.by_method["metered"].hours == hours
    assert span.by_method["metered"].energy_kwh == 3 * hours


def test_a_load_profile_has_one_step_a_local_day_and_its_steps_sum_to_the_whole() -> None:
    start = day_start(date(2025, 11, 1), "America/Chicago")
    reads = [(start + timedelta(hours=n), Fraction(3 * n)) for n in range(80)]
    line = known_of(evidence(reads)).metered
    days = load_profile(line, start, start + timedelta(hours=73), Resolution.DAY, "America/Chicago")
    assert [step.hours for step in days] == [24, 25, 24]
    assert sum(step.energy_kwh for step in days) == 3 * 73
    hours = load_profile(line, start, start + timedelta(hours=2), Resolution.HOUR, "America/Chicago")
    assert [step.energy_kwh for step in hours] == [3, 3]
    quarters = load_profile(line, start, start + timedelta(minutes=40), Resolution.QUARTER, "UTC")
    assert [step.energy_kwh for step in quarters] == [Fraction(3, 4), Fraction(3, 4), Fraction(1, 2)]


def test_the_modulus_of_a_dial_follows_from_its_digits() -> None:
    assert modulus_of_digits(5) == 100_000


def test_a_load_profile_that_begins_in_a_repeated_hour_before_midnight_belongs_to_the_day_that_has_begun() -> None:
    start = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)  # 23:30 in St. John's, half an hour after 7 November first began
    line = known_of(evidence(hourly(3))).metered
    days = load_profile(line, start, start + timedelta(hours=30), Resolution.DAY, "America/St_Johns")
    assert [step.to_at - step.from_at for step in days] == [timedelta(hours=24, minutes=30), timedelta(hours=5.5)]


def test_instants_are_microseconds_since_1970() -> None:
    assert micros_of(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000_000
    assert instant_at(micros_of(when(7))) == when(7)
