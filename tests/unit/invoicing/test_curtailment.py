"""Curtailment: hours, energy and proceeds, credited as agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from invoicing.domain.curtailment import CurtailmentSettlement, curtailed, lines_for, shared_proceeds
from invoicing.domain.lines import LineKind, recomputed
from invoicing.domain.site_facts import Curtailment, Participant, SiteFacts
from invoicing.domain.terms_check import TermsRefused
from unit.invoicing.extras_given import END, HOUR, START, given, in_quarters, terms_with, usage_of

EVENT = Curtailment("dr-1", START + 10 * HOUR, START + 14 * HOUR, proceeds=Decimal("100.00"))


def facts(*events: Curtailment) -> SiteFacts:
    return SiteFacts(curtailments=events)


def test_curtailed_energy_is_rated_power_times_the_hours() -> None:
    terms = terms_with(CurtailmentSettlement(credit_per_kwh=Decimal("0.02")))
    (line,) = lines_for(given(terms, [usage_of("u1"), usage_of("u2", rated_w=3250)], facts(EVENT)))
    assert line.kind is LineKind.CURTAILMENT
    assert line.kwh == Decimal("27.000")
    assert line.units == (("u1", Decimal("14.000")), ("u2", Decimal("13.000")))
    assert line.amount == Decimal("-0.54")
    assert (line.rate, line.description) == (Decimal("-0.02"), "credit for energy not used on request")
    assert recomputed(line, 2) == line.amount


def test_only_the_time_for_which_the_unit_counted_is_credited() -> None:
    late = usage_of(from_at=START + 13 * HOUR)
    (unit,) = curtailed(given(terms_with(), [late], facts(EVENT)))
    assert unit.hours == 1


def test_events_that_overlap_count_once() -> None:
    other = Curtailment("dr-2", START + 12 * HOUR, START + 16 * HOUR)
    (unit,) = curtailed(given(terms_with(), [usage_of()], facts(EVENT, other)))
    assert unit.hours == 6


def test_an_event_of_other_units_does_not_count() -> None:
    other = replace(EVENT, unit_ids=frozenset({"u9"}))
    assert curtailed(given(terms_with(), [usage_of()], facts(other))) == []


def test_what_a_unit_drew_all_the_same_comes_off_never_below_zero() -> None:
    drawn = in_quarters(START + 8 * HOUR, START + 12 * HOUR, Fraction(8))
    (unit,) = curtailed(given(terms_with(), [usage_of(quarters=drawn)], facts(EVENT)), net_of_use=True)
    assert unit.energy_kwh == 14 - 4
    much = in_quarters(START + 10 * HOUR, START + 14 * HOUR, Fraction(20))
    (unit,) = curtailed(given(terms_with(), [usage_of(quarters=much)], facts(EVENT)), net_of_use=True)
    assert unit.energy_kwh == 0


def test_a_quarter_cut_by_the_event_counts_by_its_share() -> None:
    event = Curtailment("dr-1", START + timedelta(minutes=5), START + timedelta(minutes=15))
    (unit,) = curtailed(
        given(terms_with(), [usage_of(quarters=[(START, Fraction(3, 10))])], facts(event)), net_of_use=True
    )
    assert unit.energy_kwh == Fraction(35, 60) - Fraction(2, 10)


def test_proceeds_are_shared_by_kw_hours_and_sum_to_the_whole() -> None:
    parts = tuple(Participant(f"u{n}", "C1" if n < 2 else None, Fraction(14)) for n in range(3))
    event = replace(EVENT, participants=parts)
    assert shared_proceeds(event, 2) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    terms = terms_with(CurtailmentSettlement(proceeds_percent=Decimal(60)))
    (line,) = lines_for(given(terms, [usage_of()], facts(event)))
    assert line.amount == Decimal("-40.00")
    assert line.description == "share of what the curtailment programmes paid"
    assert [product.of for product in line.products] == ["dr-1"]
    assert recomputed(line, 2) == line.amount


def test_proceeds_belong_to_the_period_in_which_the_event_ends() -> None:
    parts = (Participant("u1", "C1", Fraction(1)),)
    terms = terms_with(CurtailmentSettlement(proceeds_percent=Decimal(100)))
    at_end = replace(EVENT, from_at=END - HOUR, to_at=END, participants=parts)
    after = replace(EVENT, from_at=END - HOUR, to_at=END + HOUR, participants=parts)
    before = replace(EVENT, from_at=START - HOUR, to_at=START, participants=parts)
    assert len(lines_for(given(terms, [usage_of()], facts(at_end)))) == 1
    assert lines_for(given(terms, [usage_of()], facts(after))) == []
    assert lines_for(given(terms, [usage_of()], facts(before))) == []


def test_hours_alone_make_no_line() -> None:
    assert lines_for(given(terms_with(CurtailmentSettlement()), [usage_of()], facts(EVENT))) == []
    assert lines_for(given(terms_with(), [usage_of()], facts(EVENT))) == []


def test_no_event_no_line() -> None:
    terms = terms_with(CurtailmentSettlement(credit_per_kwh=Decimal("0.02")))
    assert lines_for(given(terms, [usage_of()])) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit_per_kwh": Decimal("0.02"), "proceeds_percent": Decimal(10)},
        {"credit_per_kwh": Decimal("-0.02")},
        {"proceeds_percent": Decimal(101)},
    ],
)
def test_impossible_settlements_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TermsRefused):
        CurtailmentSettlement(**wrong)


@cases(st.integers(1, 743))
def test_cutting_usage_anywhere_changes_nothing(cut: int) -> None:
    at = START + cut * HOUR
    pieces = [usage_of(to_at=at), usage_of(from_at=at)]
    assert curtailed(given(terms_with(), pieces, facts(EVENT))) == curtailed(
        given(terms_with(), [usage_of()], facts(EVENT))
    )
