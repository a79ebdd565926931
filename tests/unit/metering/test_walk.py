"""The walk of a register, test by test in its order (rule 3, metered). The unit is rated 3 kW: 3.75 kWh an hour."""

from fractions import Fraction

import pytest

from metering.domain.spans import MethodUsage
from metering.domain.values import ResetEstimate
from unit.metering.plain import Read, channel, evidence, hourly, usage, when

TICK = Fraction(1, 1000)
LIMIT = Fraction(15, 4) + 2 * TICK


def metered(reads: list[Read], hours: int, first: int = 0) -> tuple[object, object]:
    """Metered kWh and hours between two hours."""
    found = usage(evidence(reads), hours, first).by_method.get("metered")
    return (found.energy_kwh, found.hours) if found else (Fraction(0), Fraction(0))


def shown(found: MethodUsage, *fields: str) -> tuple[object, ...]:
    """The energy, and the named fields."""
    return (found.energy_kwh, *(getattr(found, field) for field in fields))


def flags(reads: list[Read], hours: int, first: int = 0) -> frozenset[str]:
    return usage(evidence(reads), hours, first).flags


def registers(*values: Fraction | int | str, start: int = 0) -> list[Read]:
    """Reads hour by hour."""
    return [(when(start + hour), Fraction(value)) for hour, value in enumerate(values)]


def test_consistent_reads_are_measured() -> None:
    assert metered(hourly(10), 10) == (30, 10)


def test_energy_is_spread_evenly_so_an_edge_between_two_reads_cuts_it() -> None:
    assert metered([*registers(0, 3), (when(5), Fraction(15))], 3, 0) == (9, 3)
    assert metered([*registers(0, 3), (when(5), Fraction(15))], 5, 3) == (6, 2)


def test_a_gap_between_consistent_reads_is_measured_however_long() -> None:
    assert metered([*registers(0, 3), (when(2000), Fraction(6000))], 2000) == (6000, 2000)


def test_a_rise_of_exactly_the_limit_is_normal_and_a_tick_more_is_a_spike() -> None:
    assert metered(registers(0, 3, 3 + LIMIT), 2) == (3 + LIMIT, 2)
    assert metered(registers(0, 3, 3 + LIMIT + TICK), 2) == (3, 1)
    assert flags(registers(0, 3, 3 + LIMIT + TICK), 3) == {"spike"}


def test_an_unchanged_register_is_measured_as_zero() -> None:
    found = usage(evidence(registers(7, 7, 7, 10)), 3)
    assert found.by_method["metered"].energy_kwh == 3
    assert found.zero_spans == ((when(0), when(2)),)


def test_a_spike_does_not_become_the_reference() -> None:
    assert metered(registers(0, 3, 900, 9), 3) == (9, 3)


def test_a_spike_is_flagged_in_the_span_that_holds_it_and_no_other() -> None:
    reads = registers(0, 3, 900, 9, 12)
    assert flags(reads, 3, 2) == {"spike"}
    assert flags(reads, 2, 0) == frozenset()
    assert flags(reads, 4, 3) == frozenset()


def test_three_reads_that_step_on_from_a_jump_make_it_a_new_segment() -> None:
    reads = registers(0, 3, 900, 903, 906, 909)
    assert metered(reads, 5) == (12, 4)
    assert flags(reads, 5) == {"re-based"}


def test_two_reads_that_step_on_from_a_jump_are_not_enough() -> None:
    assert metered(registers(0, 3, 900, 903, 906), 4) == (3, 1)


def test_the_reads_after_a_jump_may_step_on_by_dip_and_rollover() -> None:
    dip = registers(0, 3, 900, 900 - 2 * TICK, 903, 906)
    assert metered(dip, 5) == (3 + 0 + 3 + 3, 4)
    over = registers(500, 503, 9996, 9999, 2, 5)
    assert metered(over, 5) == (3 + 3 + 3 + 3, 4)
    assert flags(over, 5) == {"re-based", "rollover"}


@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_read_among_the_three_that_fits_the_old_reference_makes_the_jump_a_spike(back: int) -> None:
    values: list[int] = [0, 3, 900, 903, 906, 909]
    values[2 + back] = 3 * (2 + back)
    assert metered(registers(*values), 2 + back) == (3 * (2 + back), 2 + back)


def test_a_jump_that_fits_the_old_reference_later_is_a_spike_though_three_reads_step_on() -> None:
    # 5 kWh are too many after one hour, and within the limit after two.
    reads = registers(0, 3, 8, 8, 8, 8)
    assert metered(reads, 5) == (8, 5)
    assert flags(reads, 5) == {"spike"}


def test_a_fall_of_two_ticks_is_a_dip_and_the_next_span_starts_from_the_reference() -> None:
    reads = registers(0, 3, 3 - 2 * TICK, 6)
    assert metered(reads, 3) == (6, 3)
    assert metered(reads, 2, 1) == (0, 1)
    assert metered(reads, 3, 2) == (3, 1)
    assert usage(evidence(reads), 3).zero_spans == ((when(1), when(2)),)


def test_a_fall_of_three_ticks_is_no_dip() -> None:
    assert "reset" in flags(registers(0, 3, 3 - 3 * TICK, 6), 3)


def test_a_register_that_passes_its_modulus_rolls_over() -> None:
    reads = registers(9996, 9999, 2, 5)
    assert metered(reads, 3) == (9, 3)
    assert flags(reads, 3) == {"rollover"}
    assert flags(reads, 1) == frozenset()


def test_a_rollover_of_exactly_the_limit_counts_and_a_tick_more_is_a_reset() -> None:
    assert metered(registers(9996, 9999, 9999 + LIMIT - 10_000), 2) == (3 + LIMIT, 2)
    assert flags(registers(9996, 9999, 9999 + LIMIT + TICK - 10_000), 2) == {"reset"}


def test_a_low_read_whose_next_fits_the_old_reference_is_a_dropout() -> None:
    reads = registers(500, 503, 0, 509, 512)
    assert metered(reads, 4) == (12, 4)
    assert flags(reads, 4) == {"dropout"}


def test_a_low_read_from_which_the_next_steps_on_is_a_reset_though_it_would_fit_the_old_reference() -> None:
    reads = registers(4, 5, 2, 5)
    assert metered(reads, 3) == (1 + 2 + 3, 3)
    assert flags(reads, 3) == {"reset"}


def test_a_low_read_without_a_next_one_is_a_reset_until_a_later_read_tells() -> None:
    assert flags(registers(500, 503, 0), 2) == {"reset"}
    assert flags(registers(500, 503, 0, 509), 2) == frozenset()
    assert flags(registers(500, 503, 0, 509), 3) == {"dropout"}


def test_after_a_reset_the_current_value_is_the_measured_part_of_the_whole_span() -> None:
    reads = [*registers(500, 503), (when(5), Fraction(2)), (when(6), Fraction(5))]
    assert metered(reads, 6) == (3 + 2 + 3, 6)
    assert metered(reads, 3, 1) == (1, 2)


def test_after_a_reset_to_more_than_the_limit_the_span_is_unavailable() -> None:
    reads = registers(500, 503, LIMIT + TICK, LIMIT + TICK + 3)
    assert metered(reads, 3) == (6, 2)
    assert metered(registers(500, 503, LIMIT, LIMIT + 3), 3) == (6 + LIMIT, 3)


def test_a_span_whose_limit_reaches_the_modulus_is_unavailable_and_its_read_becomes_the_reference() -> None:
    small = channel(modulus=Fraction(10), tick=Fraction(1, 8))
    reads = [*registers(0, 3), (when(Fraction(17, 5)), Fraction(8)), (when(Fraction(22, 5)), Fraction(9))]
    found = usage(evidence(reads, small), 5).by_method["metered"]
    # 2.4 h x 3.75 + 0.25 = 9.25 < 10: measured
    assert shown(found, "hours") == (9, Fraction(22, 5))
    reads = [*registers(0, 3), (when(Fraction(18, 5)), Fraction(8)), (when(Fraction(23, 5)), Fraction(9))]
    found = usage(evidence(reads, small), 5).by_method["metered"]
    # 2.6 h x 3.75 + 0.25 = 10: it might have rolled over
    assert shown(found, "hours") == (4, 2)


def test_the_first_read_is_a_reference_only_if_the_next_steps_on_from_it() -> None:
    assert metered(registers(0, 900, 903, 906), 3) == (6, 2)
    assert metered(registers(0, 900, 10, 20, 23), 4) == (3, 1)
    assert metered(registers(500, 2, 5), 2) == (3, 1)


def test_a_first_read_followed_by_a_dip_or_a_rollover_is_a_reference() -> None:
    assert metered(registers(3, 3 - TICK, 6), 2) == (3, 2)
    assert metered(registers(9999, 2, 5), 2) == (6, 2)


def test_one_read_alone_measures_nothing() -> None:
    assert metered(registers(5), 3) == (0, 0)


def test_of_two_values_at_one_instant_the_lower_counts_and_the_other_is_flagged() -> None:
    reads = [*registers(0, 3, 6), (when(1), Fraction(4))]
    assert metered(reads, 1) == (3, 1)
    assert flags(reads, 2) == {"duplicate_value"}
    assert flags([*registers(0, 3, 6), (when(1), Fraction(3))], 2) == frozenset()


def test_reads_below_zero_or_not_below_the_modulus_are_set_aside() -> None:
    reads = [*registers(0, 3, 6), (when(Fraction(1, 2)), Fraction(-1)), (when(Fraction(3, 2)), Fraction(10_000))]
    assert metered(reads, 2) == (6, 2)
    assert flags(reads, 2) == {"out_of_range"}


def test_reads_outside_the_life_are_set_aside_and_both_ends_count_as_inside() -> None:
    inside = channel(life=(when(1), when(3)))
    found = usage(evidence(registers(0, 3, 6, 9, 12), inside), 4)
    assert found.by_method["metered"].energy_kwh == 6
    assert found.by_method["metered"].hours == 2
    assert found.flags == {"outside_life"}


def test_an_estimate_adds_what_the_mean_of_the_day_before_exceeds_the_measured_part_by() -> None:
    reads = [*hourly(30), (when(34), Fraction(2)), (when(35), Fraction(5))]
    found = usage(evidence(reads, reset_estimate=ResetEstimate.MEAN), 35).by_method["metered"]
    assert shown(found, "estimated") == (90 + 12 + 3, True)
    plain = usage(evidence(reads), 35).by_method["metered"]
    assert shown(plain, "estimated") == (90 + 2 + 3, False)


def test_an_estimate_is_never_negative() -> None:
    reads = [*hourly(30, kwh=0, first=50), (when(34), Fraction(2)), (when(35), Fraction(5))]
    found = usage(evidence(reads, reset_estimate=ResetEstimate.MEAN), 35).by_method["metered"]
    assert shown(found, "estimated") == (5, False)


def test_the_mean_leaves_resets_out_and_looks_back_24_hours_from_the_start_of_the_span() -> None:
    reads = [*registers(500, 503, 506), (when(20), Fraction(1)), (when(22), Fraction(3)), (when(30), Fraction(0))]
    found = usage(evidence(reads, reset_estimate=ResetEstimate.MEAN), 30, 22).by_method["metered"]
    # before hour 22: 6 kWh over the hours 0 to 2 and 2 kWh over 20 to 22; the reset of 2 to 20 is no part of it
    assert found.energy_kwh == 2 * 8
    far = [*registers(500, 503, 506), (when(40), Fraction(1)), (when(42), Fraction(5)), (when(50), Fraction(0))]
    assert usage(evidence(far, reset_estimate=ResetEstimate.MEAN), 50, 42).by_method["metered"].energy_kwh == 2 * 8


def test_without_a_measured_hour_there_is_no_estimate() -> None:
    reads = [*hourly(2, first=500), (when(40), Fraction(1)), (when(50), Fraction(0)), (when(51), Fraction(3))]
    found = usage(evidence(reads, reset_estimate=ResetEstimate.MEAN), 51, 40).by_method["metered"]
    assert shown(found, "hours", "estimated") == (3, 11, False)


def test_the_estimate_is_flagged_in_every_span_that_holds_a_part_of_it() -> None:
    reads = [*hourly(30), (when(34), Fraction(2)), (when(35), Fraction(5))]
    known = evidence(reads, reset_estimate=ResetEstimate.MEAN)
    assert usage(known, 33, 31).flags == {"estimated", "reset"}
    assert usage(known, 35, 34).flags == frozenset()
    assert usage(known, 30, 29).flags == frozenset()
