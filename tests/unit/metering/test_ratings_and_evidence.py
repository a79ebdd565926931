"""Ratings that change under a register, and which reads an explanation names."""

from dataclasses import replace
from fractions import Fraction

from metering.domain.alerts import set_aside
from metering.domain.registers import reads_of
from metering.domain.usage import derive_usage, known_of
from metering.domain.values import Method, Rating, TelemetryRow, UnitEvidence, UnitStatus
from unit.metering.plain import RATING, Read, channel, evidence, usage, when, window

STRONGER = Rating(Fraction(6000), Fraction(400), Fraction(15), from_at=when(4))
TICK = Fraction(1, 1000)
LIMIT_OVER_THE_CHANGE = 4 * Fraction(15, 4) + 4 * Fraction(15, 2) + 2 * TICK
"""Four hours of 3 kW and four of 6 kW, x 1.25, and two ticks."""


def rerated(*reads: Read) -> UnitEvidence:
    return UnitEvidence("u", [RATING, STRONGER], channels=[reads_of(channel(), reads)])


def measured(*reads: Read) -> Fraction:
    """kWh of the first ten hours, in however many spans."""
    spans = derive_usage(rerated(*reads), [window()], [], (when(0), when(10)))
    return sum((span.by_method["metered"].energy_kwh for span in spans if "metered" in span.by_method), Fraction(0))


def test_the_limit_of_a_span_over_a_new_rating_is_that_of_each_part() -> None:
    assert measured((when(0), Fraction(0)), (when(8), LIMIT_OVER_THE_CHANGE)) == LIMIT_OVER_THE_CHANGE
    assert measured((when(0), Fraction(0)), (when(8), LIMIT_OVER_THE_CHANGE + TICK)) == 0


def test_three_ratings_within_one_span_count_each_for_its_time() -> None:
    last = replace(STRONGER, rated_w=Fraction(1000), from_at=when(6))
    limit = 4 * Fraction(15, 4) + 2 * Fraction(15, 2) + 2 * Fraction(5, 4) + 2 * TICK
    known = UnitEvidence(
        "u", [last, RATING, STRONGER], channels=[reads_of(channel(), [(when(0), Fraction(0)), (when(8), limit)])]
    )
    spans = derive_usage(known, [window()], [], (when(0), when(8)))
    assert sum(span.by_method["metered"].energy_kwh for span in spans) == limit


def test_a_channel_without_a_read_near_the_span_is_no_evidence_of_it() -> None:
    reads = [(when(10), Fraction(30)), (when(11), Fraction(33)), (when(12), Fraction(36))]
    assert not usage(evidence(reads), 9).evidence
    assert usage(evidence(reads), 20, first=13).evidence == ()
    assert usage(evidence(reads), 10).evidence == ()
    assert usage(evidence(reads), 20, first=12).evidence == ()
    assert [one.read_count for one in usage(evidence(reads), 11).evidence] == [1]


def test_a_read_set_aside_is_listed_with_the_register_as_it_stood() -> None:
    good = [(when(0), Fraction("0.25")), (when(1), Fraction("3.25")), (when(3), Fraction("9.25"))]
    reads = [*good, (when(2), Fraction("900.75"))]
    (spike,) = set_aside(known_of(evidence(reads)))
    assert (spike.channel_id, spike.read_at, spike.register_kwh, spike.reason) == (
        "c",
        when(2),
        Fraction("900.75"),
        "spike",
    )


def test_known_down_time_is_told_where_the_contract_asks_for_a_profile() -> None:
    rows = [
        TelemetryRow(when(0), when(2), Fraction(200), UnitStatus.HASHING),
        TelemetryRow(when(2), when(5), Fraction(0), UnitStatus.OFFLINE),
        TelemetryRow(when(5), when(6), Fraction(0), UnitStatus.ONLINE),
        TelemetryRow(when(7), when(8), Fraction(0), UnitStatus.OFFLINE),
    ]
    known = UnitEvidence("u", [RATING], telemetry=rows)
    (asked,) = derive_usage(known, [replace(window(), wants_profile=True)], [], (when(0), when(10)))
    assert asked.down_spans == ((when(2), when(5)), (when(7), when(8)))
    assert [asked.up_hours, asked.down_hours, asked.unknown_hours] == [3, 4, 3]
    (plain,) = derive_usage(known, [window()], [], (when(0), when(10)))
    assert not plain.down_spans
    assert plain.down_hours == 4


def test_without_any_efficiency_hashing_is_no_evidence_of_energy() -> None:
    bare = Rating(Fraction(3000), Fraction(0))
    known = UnitEvidence("u", [bare], telemetry=[TelemetryRow(when(0), when(5), Fraction(200), UnitStatus.HASHING)])
    (span,) = derive_usage(known, [window(Method.HASH)], [], (when(0), when(5)))
    assert not span.by_method
    assert span.unbilled_hours == 5


def test_the_smallest_registers_are_registers() -> None:
    assert channel(modulus=Fraction(1, 2)).modulus_kwh == Fraction(1, 2)
