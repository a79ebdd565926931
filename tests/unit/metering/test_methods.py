"""Hash, calculated, several outlets, and which of the methods counts (rules 3 and 4)."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from metering.domain.registers import reads_of
from metering.domain.spans import UsageSpan
from metering.domain.usage import derive_usage
from metering.domain.values import (
    HashpriceRow,
    Method,
    Rating,
    TelemetryRow,
    UnitEvidence,
    UnitStatus,
)
from unit.metering.plain import RATING, channel, evidence, hourly, when, window

HASHING, ONLINE, OFFLINE = UnitStatus.HASHING, UnitStatus.ONLINE, UnitStatus.OFFLINE


def row(first: int, last: int, ths: int | Fraction, status: UnitStatus = HASHING) -> TelemetryRow:
    return TelemetryRow(when(first), when(last), Fraction(ths), status)


def telling(*rows: TelemetryRow, ratings: Sequence[Rating] = (RATING,)) -> UnitEvidence:
    return UnitEvidence("u", ratings, telemetry=rows)


def under(known: UnitEvidence, *methods: Method, hours: int = 24, failover: bool = False) -> UsageSpan:
    spans = derive_usage(known, [window(*methods, failover=failover)], [], (when(0), when(hours)))
    assert len(spans) == 1
    return spans[0]


def kwh(span: UsageSpan) -> dict[str, tuple[object, object]]:
    return {method: (usage.energy_kwh, usage.hours) for method, usage in span.by_method.items()}


def test_hash_energy_is_terahashes_times_efficiency_whatever_the_status() -> None:
    span = under(telling(row(0, 10, 200), row(10, 20, 100, OFFLINE)), Method.HASH)
    assert kwh(span) == {"hash": (30 + 15, 20)}
    assert span.unbilled_hours == 4


def test_a_hashrate_of_zero_is_known_and_zero() -> None:
    span = under(telling(row(0, 24, 0)), Method.HASH)
    assert kwh(span) == {"hash": (0, 24)}
    assert span.zero_spans == ((when(0), when(24)),)


def test_the_contracts_efficiency_comes_before_the_units_and_that_before_the_rated_quotient() -> None:
    known = telling(row(0, 10, 200))
    spans = derive_usage(known, [replace(window(Method.HASH), efficiency_jth=Fraction(20))], [], (when(0), when(10)))
    assert kwh(spans[0]) == {"hash": (40, 10)}
    quotient = telling(row(0, 10, 200), ratings=[Rating(Fraction(5000), Fraction(200))])
    assert kwh(under(quotient, Method.HASH, hours=10)) == {"hash": (50, 10)}


def test_a_rating_counts_from_its_instant_on_and_cuts_the_usage_there() -> None:
    ratings = [RATING, replace(RATING, efficiency_jth=Fraction(30), rated_w=Fraction(6000), from_at=when(4))]
    spans = derive_usage(telling(row(0, 10, 200), ratings=ratings), [window(Method.HASH)], [], (when(0), when(10)))
    assert [kwh(span)["hash"] for span in spans] == [(12, 4), (36, 6)]
    assert [span.rated_w for span in spans] == [3000, 6000]


def test_of_overlapping_telemetry_the_row_that_begins_later_counts_and_the_earlier_one_resumes() -> None:
    span = under(telling(row(0, 20, 200), row(5, 10, 100)), Method.HASH)
    assert kwh(span) == {"hash": (45 + 7 + Fraction(1, 2), 20)}


def test_of_telemetry_that_begins_together_the_lower_hashrate_counts_as_long_as_it_lasts() -> None:
    span = under(telling(row(0, 20, 200), row(0, 5, 100)), Method.HASH)
    assert kwh(span) == {"hash": (Fraction(15, 2) + 45, 20)}
    assert kwh(under(telling(row(0, 5, 200), row(0, 20, 100)), Method.HASH)) == {"hash": (30, 20)}


def test_calculated_energy_is_rated_power_times_the_hours_online() -> None:
    span = under(telling(row(0, 5, 0, HASHING), row(5, 8, 0, ONLINE), row(8, 20, 200, OFFLINE)), Method.CALCULATED)
    assert kwh(span) == {"calculated": (24, 20)}
    assert span.zero_spans == ((when(8), when(20)),)
    assert (span.up_hours, span.down_hours, span.unknown_hours) == (Fraction(8), Fraction(12), Fraction(4))


def test_what_one_method_does_not_cover_falls_to_the_next() -> None:
    known = replace(evidence(hourly(6)), telemetry=[row(4, 9, 100), row(9, 12, 100, OFFLINE)])
    span = under(known, Method.METERED, Method.HASH)
    assert kwh(span) == {"metered": (18, 6), "hash": (Fraction(3, 2) * 6, 6)}
    span = under(known, Method.CALCULATED, Method.METERED)
    assert kwh(span) == {"calculated": (15, 8), "metered": (12, 4)}


def test_a_unit_is_metered_only_while_every_outlet_that_feeds_it_is_measured() -> None:
    first = reads_of(channel("a", "left"), hourly(10))
    second = reads_of(channel("b", "right"), hourly(6, kwh=1))
    known = UnitEvidence("u", [RATING], channels=[first, second])
    assert kwh(under(known, Method.METERED)) == {"metered": (24, 6)}


def test_an_outlet_feeds_from_its_first_channel_to_its_last_and_a_hole_between_them_still_feeds() -> None:
    first = reads_of(channel("a", "left"), hourly(20, kwh=2))
    old = reads_of(channel("b", "right", life=(when(4), when(8))), hourly(20, kwh=1))
    new = reads_of(channel("c", "right", life=(when(10), when(14))), hourly(20, kwh=1))
    known = UnitEvidence("u", [RATING], channels=[first, old, new])
    # 0-4 left alone, 4-8 both, 8-10 a hole, 10-14 both, 14-20 left alone
    assert kwh(under(known, Method.METERED)) == {"metered": (8 + 12 + 12 + 12, 18)}


def test_the_span_between_a_replaced_register_and_the_new_one_is_unavailable() -> None:
    old = reads_of(channel("b", life=(None, when(8))), hourly(7))
    new = reads_of(channel("c", life=(when(8), None)), [(at, kwh) for at, kwh in hourly(20) if at >= when(9)])
    known = UnitEvidence("u", [RATING], channels=[old, new])
    assert kwh(under(known, Method.METERED)) == {"metered": (21 + 33, 7 + 11)}


def test_two_outlets_are_zero_only_while_both_are() -> None:
    first = reads_of(channel("a", "left"), [(when(0), Fraction(5)), (when(6), Fraction(5)), (when(9), Fraction(8))])
    second = reads_of(channel("b", "right"), [(when(0), Fraction(1)), (when(2), Fraction(3)), (when(9), Fraction(3))])
    known = UnitEvidence("u", [RATING], channels=[first, second])
    assert under(known, Method.METERED).zero_spans == ((when(2), when(6)),)


def test_time_without_any_method_is_failover_time_and_its_price_is_that_of_the_priced_part() -> None:
    prices = [HashpriceRow(when(8), when(10), Fraction(50)), HashpriceRow(when(12), when(20), Fraction(60))]
    known = replace(evidence(hourly(9)), hashprice=prices)
    span = under(known, Method.METERED, failover=True)
    assert span.failover is not None
    assert span.failover.hours == 15
    assert span.failover.priced_hours == 9
    assert span.failover.price_hours == 50 + 8 * 60
    assert span.hashprice == ((when(9), when(10), Fraction(50)), (when(12), when(20), Fraction(60)))
    assert span.unbilled_hours == 0


def test_without_failover_time_without_any_method_is_unbilled() -> None:
    span = under(evidence(hourly(9)), Method.METERED)
    assert span.failover is None
    assert span.unbilled_hours == 15
    assert span.hashprice == ()


def test_billed_energy_is_compared_with_metered_energy_while_both_exist() -> None:
    known = replace(evidence(hourly(6)), telemetry=[row(4, 9, 100)])
    span = under(known, Method.HASH)
    assert span.compared_hours == 2
    assert span.compared_billed_kwh == 3
    assert span.compared_pdu_kwh == 6


def test_quarters_hold_the_energy_of_each_method_and_only_the_part_inside_the_span() -> None:
    known = replace(evidence(hourly(1)), telemetry=[row(1, 2, 200, ONLINE)])
    asked = replace(window(Method.METERED, Method.CALCULATED), wants_profile=True)
    span = derive_usage(known, [asked], [], (when(Fraction(1, 8)), when(Fraction(9, 8))))[0]
    assert [dict(quarter.by_method) for quarter in span.quarters] == [
        {"metered": Fraction(3, 8)},
        {"metered": Fraction(3, 4)},
        {"metered": Fraction(3, 4)},
        {"metered": Fraction(3, 4)},
        {"calculated": Fraction(3, 8)},
    ]
    assert [quarter.starts_at for quarter in span.quarters] == [when(Fraction(n, 4)) for n in range(5)]


def test_evidence_names_the_reads_that_bracket_the_span() -> None:
    span = derive_usage(evidence(hourly(9)), [window()], [], (when(Fraction(5, 2)), when(Fraction(9, 2))))[0]
    found = span.evidence[0]
    assert (found.first_read_at, found.last_read_at) == (when(2), when(5))
    assert (found.first_register_kwh, found.last_register_kwh) == (Fraction(6), Fraction(15))
    assert found.read_count == 2


def test_a_unit_without_evidence_is_unbilled_for_its_whole_time() -> None:
    span = under(telling(), Method.METERED, Method.HASH, Method.CALCULATED)
    assert span.by_method == {}
    assert span.unbilled_hours == 24
    assert span.unknown_hours == 24


def test_a_telemetry_row_without_length_says_nothing() -> None:
    assert kwh(under(telling(row(0, 10, 200), row(5, 5, 0)), Method.HASH)) == {"hash": (30, 10)}
