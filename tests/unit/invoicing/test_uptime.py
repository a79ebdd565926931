"""Uptime credits: E19 in its three readings, and every edge of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from invoicing.domain.lines import LineKind, recomputed
from invoicing.domain.site_facts import Curtailment, EventEndsBeforeStart, ExcusedClass, ExcusedEvent, SiteFacts
from invoicing.domain.sums import sum_usage
from invoicing.domain.terms_check import TermsRefused
from invoicing.domain.uptime import CreditForm, DownTimeUnknown, UnknownTime, UptimePromise, lines_for, uptime_of
from unit.invoicing.extras_given import END, HOUR, START, energy_line, given, terms_with, usage_of

BILL = [energy_line("191.36")]
SLA = Decimal(95)
DOWN = [(START + 100 * HOUR, START + 100 * HOUR + timedelta(hours=74, minutes=24))]
EXCUSED_20H = ExcusedEvent("e1", ExcusedClass.MAINTENANCE, START + 90 * HOUR, START + 120 * HOUR)


def amount_of(promise: UptimePromise, *events: ExcusedEvent) -> Decimal:
    usage = [usage_of(up=Fraction(6696, 10), down_spans=DOWN)]
    lines = lines_for(given(terms_with(promise), usage, SiteFacts(excused=events), BILL))
    return lines[0].amount if lines else Decimal(0)


def test_points_below_the_promise_with_nothing_excused() -> None:
    assert amount_of(UptimePromise(SLA)) == Decimal("-9.57")


def test_excused_hours_leave_both_sides() -> None:
    assert amount_of(UptimePromise(SLA), EXCUSED_20H) == Decimal("-4.81")


def test_the_same_as_a_share_of_the_promise() -> None:
    assert amount_of(UptimePromise(SLA, form=CreditForm.SHARE), EXCUSED_20H) == Decimal("-5.06")


def test_an_event_of_a_class_that_is_not_agreed_excuses_nothing() -> None:
    promise = UptimePromise(SLA, excused=frozenset({ExcusedClass.WEATHER}))
    assert amount_of(promise, EXCUSED_20H) == Decimal("-9.57")


def test_an_event_for_another_unit_excuses_nothing() -> None:
    event = ExcusedEvent("e1", ExcusedClass.WEATHER, START, END, frozenset({"u2"}))
    assert amount_of(UptimePromise(SLA), event) == Decimal("-9.57")


def test_a_promise_that_is_just_kept_gives_no_line() -> None:
    assert amount_of(UptimePromise(Decimal(90))) == 0


def test_down_time_that_is_all_excused_gives_no_line() -> None:
    assert amount_of(UptimePromise(SLA), ExcusedEvent("e1", ExcusedClass.UTILITY, START, END)) == 0


def test_overlapping_events_excuse_an_hour_once() -> None:
    again = ExcusedEvent("e2", ExcusedClass.UTILITY, START + 110 * HOUR, START + 120 * HOUR)
    assert amount_of(UptimePromise(SLA), EXCUSED_20H, again) == Decimal("-4.81")


def test_a_curtailment_excuses_like_an_event_of_its_class() -> None:
    facts = SiteFacts(curtailments=(Curtailment("c1", START + 100 * HOUR, START + 120 * HOUR),))
    usage = [usage_of(up=Fraction(6696, 10), down_spans=DOWN)]
    assert lines_for(given(terms_with(UptimePromise(SLA)), usage, facts, BILL))[0].amount == Decimal("-4.81")


def test_a_curtailment_of_another_unit_excuses_nothing() -> None:
    other = Curtailment("c1", START + 100 * HOUR, START + 120 * HOUR, frozenset({"u2"}))
    usage = [usage_of(up=Fraction(6696, 10), down_spans=DOWN)]
    (line,) = lines_for(given(terms_with(UptimePromise(SLA)), usage, SiteFacts(curtailments=(other,)), BILL))
    assert line.amount == Decimal("-9.57")
    assert line.description == "uptime 90.0000 % of a promised 95 %"


def test_the_credit_is_capped() -> None:
    promise = UptimePromise(SLA, cap_percent=Decimal(2))
    assert amount_of(promise) == Decimal("-3.83")


def test_time_without_telemetry_is_on_neither_side_or_up() -> None:
    half = [usage_of(up=300, down_spans=[(START, START + 72 * HOUR)])]
    left_out = uptime_of(given(terms_with(), half), UptimePromise(SLA))
    as_up = uptime_of(given(terms_with(), half), UptimePromise(SLA, unknown=UnknownTime.UP))
    assert left_out.share == Fraction(300, 372)
    assert as_up.share == Fraction(672, 744)


def test_no_telemetry_at_all_gives_no_line() -> None:
    assert lines_for(given(terms_with(UptimePromise(SLA)), [usage_of()], lines=BILL)) == []


def test_a_contract_without_the_promise_has_no_line() -> None:
    assert lines_for(given(terms_with(), [usage_of(down_spans=[(START, END)])], lines=BILL)) == []


def test_no_charges_no_credit() -> None:
    usage = [usage_of(down_spans=[(START, END)])]
    assert lines_for(given(terms_with(UptimePromise(SLA)), usage, lines=[energy_line("0.00")])) == []


def test_everything_down_credits_the_whole_promise() -> None:
    usage = [usage_of(down_spans=[(START, END)])]
    (line,) = lines_for(given(terms_with(UptimePromise(SLA)), usage, lines=BILL))
    assert line.kind is LineKind.UPTIME_CREDIT
    assert line.amount == Decimal("-181.79")
    assert recomputed(line, 2) == line.amount


def test_an_event_across_a_span_without_down_spans_is_refused_and_beside_it_is_not() -> None:
    span = usage_of(up=Fraction(6696, 10), down_spans=DOWN)
    bare = type(span)(**{name: getattr(span, name) for name in span.__slots__ if name != "down_spans"})
    terms = terms_with(UptimePromise(SLA))
    with pytest.raises(DownTimeUnknown):
        lines_for(given(terms, [bare], SiteFacts(excused=(EXCUSED_20H,)), BILL))
    whole = ExcusedEvent("e1", ExcusedClass.UTILITY, START, END)
    assert lines_for(given(terms, [bare], SiteFacts(excused=(whole,)), BILL)) == []
    beside = ExcusedEvent("e1", ExcusedClass.UTILITY, END, END + HOUR)
    assert lines_for(given(terms, [bare], SiteFacts(excused=(beside,)), BILL))[0].amount == Decimal("-9.57")


@cases(
    st.lists(st.integers(0, 743), max_size=4),
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 40)), max_size=3),
)
def test_cutting_usage_anywhere_changes_nothing(cuts: list[int], events: list[tuple[int, int]]) -> None:
    facts = SiteFacts(
        excused=tuple(
            ExcusedEvent(str(n), ExcusedClass.WEATHER, START + start * HOUR, START + (start + long) * HOUR)
            for n, (start, long) in enumerate(events)
        )
    )
    edges = sorted({0, *cuts, 744})
    down = (START + 50 * HOUR, START + 190 * HOUR)
    pieces = []
    for a, b in pairwise(edges):
        from_at, to_at = START + a * HOUR, START + b * HOUR
        part = (max(from_at, down[0]), min(to_at, down[1]))
        inside = [part] if part[0] < part[1] else []
        off = Fraction((part[1] - part[0]) // HOUR) if inside else Fraction(0)
        pieces.append(usage_of(from_at=from_at, to_at=to_at, up=b - a - off, down_spans=inside))
    whole = usage_of(up=604, down_spans=[down])
    promise = UptimePromise(SLA)
    cut = uptime_of(given(terms_with(), pieces, facts), promise)
    assert cut == uptime_of(given(terms_with(), [whole], facts), promise)
    assert cut == uptime_of(given(terms_with(), [sum_usage(pieces)], facts), promise)
    assert cut.up_hours + cut.down_hours + cut.excused_hours == 744


@pytest.mark.parametrize("sla", ["0", "101", "-1", "NaN"])
def test_absurd_promises_are_refused(sla: str) -> None:
    with pytest.raises(TermsRefused):
        UptimePromise(Decimal(sla))


def test_an_event_that_lasts_no_time_is_refused() -> None:
    with pytest.raises(EventEndsBeforeStart):
        ExcusedEvent("e1", ExcusedClass.WEATHER, START, START)
