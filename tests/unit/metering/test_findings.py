"""What is set aside among raw polls, and signs that a register is not to be trusted (rule 3)."""

from fractions import Fraction

from metering.domain.findings import Finding, Registered, Row, findings, within
from metering.domain.instants import micros_of
from metering.domain.register_signs import register_signs
from metering.domain.registers import reads_of
from metering.domain.usage import known_of
from metering.domain.values import TelemetryRow, UnitEvidence, UnitStatus
from unit.metering.plain import RATING, Read, channel, hourly, when

LIVE = Registered("c1", "u1", when(2), when(8), 10_000)


def told(found: list[Finding]) -> list[tuple[int, str, int, int]]:
    return [(one.position, one.reason, one.read_count, one.first_energy_wh) for one in found]


def test_each_reason_is_found_once_and_runs_outside_a_life_are_one() -> None:
    rows: list[Row] = [
        (when(0), [5, 1]), (when(1), [6, 1]), (when(2), [7, 1]), (when(3), [9, 1]), (when(3), [8, 1]),
        (when(3), [9, 2]), (when(4), [None, 1]), (when(5), [10_000, 1]), (when(9), [11, 1]), (when(10), [12, 1]),
    ]  # fmt: skip
    found = findings(rows, {1: [LIVE]})
    assert told(found) == [
        (1, "outside_life", 2, 5), (1, "duplicate_value", 1, 9), (1, "out_of_range", 1, 10_000),
        (1, "outside_life", 2, 11),
    ]  # fmt: skip
    assert (found[0].from_at, found[0].to_at, found[0].last_energy_wh) == (when(0), when(1), 6)
    assert (found[1].channel_id, found[1].unit_id) == ("c1", "u1")


def test_positions_without_any_channel_and_missing_ones_are_not_looked_at() -> None:
    assert findings([(when(1), [1, 2])], {}) == []
    assert findings([(when(3), [1])], {2: [LIVE]}) == []


def test_a_page_goes_on_behind_its_cursor() -> None:
    found = findings([(when(n), [1]) for n in (0, 3, 9)] + [(when(10), [20_000])], {1: [LIVE]})
    first = found[0]
    place = (first.from_at, first.position, first.reason, first.first_energy_wh)
    assert within(found, None) == found
    assert within(found, place) == found[1:]
    assert within(found, (when(5), 0, "", 0)) == found[1:]


def signs(reads: list[Read], hashing: bool = True) -> tuple[tuple[str, ...], bool, int]:
    status = UnitStatus.HASHING if hashing else UnitStatus.OFFLINE
    rows = [TelemetryRow(when(0), when(48), Fraction(200 if hashing else 0), status)]
    evidence = UnitEvidence("u", [RATING], channels=[reads_of(channel(), reads)], telemetry=rows)
    (one,) = register_signs(known_of(evidence), (micros_of(when(24)), micros_of(when(48))))
    return one.anomalies, one.is_refused, one.stuck_us // 3_600_000_000


def test_a_good_register_shows_no_signs() -> None:
    assert signs([*hourly(60)]) == ((), False, 0)


def test_a_reset_and_a_spike_are_anomalies_of_the_day_they_fall_in() -> None:
    reads = hourly(30) + [(when(h), Fraction(3 * (h - 31))) for h in range(31, 60)]
    assert signs(reads)[0] == ("reset",)
    spiked = [*hourly(60), (when(Fraction(61, 2)), Fraction(5000))]
    assert signs(spiked)[0] == ("spike",)
    assert signs([*hourly(60), (when(Fraction(3, 2)), Fraction(5000))])[0] == ()


def test_reads_refused_for_more_than_a_day_are_told_up_to_the_last_of_them() -> None:
    jumps = [(when(h), Fraction(3000 + 100 * h)) for h in range(15, 48)]
    anomalies, is_refused, _ = signs([*hourly(14), *jumps])
    assert is_refused
    assert anomalies == ("spike",)


def test_a_register_that_stands_still_is_a_sign_only_while_its_unit_hashes() -> None:
    still = hourly(28) + [(when(h), Fraction(84)) for h in range(29, 60)]
    assert signs(still)[2] == 20
    assert signs(still, hashing=False)[2] == 0
