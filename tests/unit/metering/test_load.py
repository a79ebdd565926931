"""Load profiles and a site's power agree with the usage spans of the same time (rules 4.1, 4.4, 4.7)."""

from dataclasses import replace
from fractions import Fraction

from common.clock import day_start
from metering.domain.instants import BEGIN_US, micros_of
from metering.domain.load import Load, Wanted, everywhere, of_contracts, time_at_site
from metering.domain.profile import Resolution
from metering.domain.site_power import SiteEnergy, energy_of
from metering.domain.usage import derive_usage, known_of, usage_of
from metering.domain.values import Method, TelemetryRow, UnitStatus
from unit.metering.plain import BEGIN, evidence, hourly, when, window

BOTH = replace(
    evidence(hourly(20) + hourly(40)[30:]),
    telemetry=[TelemetryRow(when(10), when(36), Fraction(100), UnitStatus.HASHING)],
)
METHODS = (Method.METERED, Method.HASH)


def wanted(hours: int, step: Resolution | None, method: Method | None = None) -> Wanted:
    return Wanted(BEGIN, when(hours), step, "UTC", method)


def test_the_steps_sum_to_the_spans_whatever_their_length() -> None:
    known = known_of(BOTH)
    spans = usage_of(known, [window(*METHODS)], [], (BEGIN, when(40)))
    energy = sum(used.energy_kwh for span in spans for used in span.by_method.values())
    hours = sum(used.hours for span in spans for used in span.by_method.values())
    for step in (*Resolution, None):
        load = Load(wanted(40, step))
        load.add(known, [window(*METHODS)])
        steps = load.steps()
        assert sum(one.energy_kwh for one in steps) == energy
        assert sum(one.hours for one in steps) == hours
    assert len(steps) == 1


def test_quarter_hours_are_those_of_the_power_cap() -> None:
    asks = replace(window(*METHODS), wants_profile=True)
    (span,) = derive_usage(BOTH, [asks], [], (BEGIN, when(40)))
    load = Load(wanted(40, Resolution.QUARTER))
    load.add(known_of(BOTH), [asks])
    by_start = {one.from_at: one.energy_kwh for one in load.steps() if one.hours}
    assert by_start == {one.starts_at: sum(one.by_method.values()) for one in span.quarters}


def test_units_add_up_and_a_contract_counts_for_its_own_time_alone() -> None:
    known = known_of(evidence(hourly(40)))
    load = Load(wanted(40, None))
    windows = [window(to_at=when(10)), replace(window(), contract_id="C2", from_at=when(10))]
    load.add(known, of_contracts(windows, frozenset({"C2"})))
    load.add(known, of_contracts(windows, None))
    (step,) = load.steps()
    assert step.energy_kwh == 3 * 30 + 3 * 40
    assert step.hours == 30 + 40


def test_one_method_alone_is_known_without_any_contract() -> None:
    ask = wanted(40, Resolution.HOUR, Method.METERED)
    load = Load(ask)
    load.add(known_of(evidence(hourly(40))), [everywhere(ask, Method.METERED)])
    assert {one.energy_kwh for one in load.steps()} == {Fraction(3)}


def test_days_are_local_and_as_long_as_they_are() -> None:
    zone = "America/Chicago"
    ask = Wanted(day_start(BEGIN.date(), zone), when(40), Resolution.DAY, zone)
    load = Load(ask)
    load.add(known_of(evidence(hourly(40))), [window()])
    assert [one.energy_kwh for one in load.steps()] == [3 * 24, 3 * 10]


def test_the_variance_is_over_the_time_in_which_both_are_known() -> None:
    span = (micros_of(BEGIN), micros_of(when(40)))
    by_hash = energy_of(known_of(BOTH), [window(Method.HASH)], span)
    kwh_an_hour = Fraction(100 * 15 * 3600, 3_600_000)
    assert by_hash.billed_kwh == 26 * kwh_an_hour
    assert by_hash.compared_billed_kwh == 26 * kwh_an_hour
    assert by_hash.compared_metered_kwh == 26 * 3
    assert by_hash.variance_percent == (kwh_an_hour - 3) / 3 * 100
    assert SiteEnergy().variance_percent is None
    assert energy_of(known_of(BOTH), [window()], span).variance_percent == 0


def test_a_site_has_the_load_of_a_unit_while_it_hung_there() -> None:
    known = known_of(evidence(hourly(40)))
    moved_us, end_us = micros_of(when(10)), micros_of(when(30))
    lives = [(True, (BEGIN_US, moved_us)), (False, (moved_us, end_us))]
    hours = {}
    for is_there_now, sign in ((False, 1), (True, 1), (False, -1), (True, -1)):
        load = Load(wanted(40, None))
        seen = [(is_here is (sign > 0), life) for is_here, life in lives]
        load.add(known, [window()], time_at_site(seen, is_there_now=is_there_now))
        hours[sign, is_there_now] = load.steps()[0].hours
    assert hours == {(1, False): 10, (1, True): 20, (-1, False): 20, (-1, True): 30}
