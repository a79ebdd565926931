"""Units, sites and who holds a unit when (rule 4.5, X1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import BadInstant
from contracts.domain.assignments import (
    Assignment,
    AssignmentEndsBeforeStart,
    Reservation,
    UnitAlreadyAssigned,
    UnitReserved,
    checked_assignment,
    checked_reservation,
    holder_at,
    released,
    within,
)
from contracts.domain.sites import CapacityOutOfRange, Site, SiteCapacityExceeded, checked_load, connected_kw
from contracts.domain.units import RatingOutOfRange
from unit.contracts.agreements import START, unit

HOUR = timedelta(hours=1)
hours = st.integers(0, 50)
spans = st.tuples(hours, st.one_of(st.none(), st.integers(1, 50))).map(
    lambda pair: Assignment(
        "u1", "C1", START + pair[0] * HOUR, None if pair[1] is None else START + (pair[0] + pair[1]) * HOUR
    )
)


@given(spans, spans)
def test_two_assignments_overlap_exactly_if_they_share_an_instant(one: Assignment, other: Assignment) -> None:
    grid = [START + n * HOUR / 2 for n in range(300)]
    shared = any(holder_at([one], "u1", at) and holder_at([other], "u1", at) for at in grid)
    assert one.overlaps(other) == shared
    assert other.overlaps(one) == shared


@given(spans, hours, st.one_of(st.none(), hours))
def test_within_keeps_exactly_the_time_inside(held: Assignment, start: int, end: int | None) -> None:
    from_at, to_at = START + start * HOUR, None if end is None else START + end * HOUR
    part = within(held, from_at, to_at)
    for at in (START + n * HOUR / 2 for n in range(220)):
        inside = from_at <= at and (to_at is None or at < to_at)
        kept = holder_at([part], "u1", at) if part else None
        assert (kept is not None) == (inside and holder_at([held], "u1", at) is not None)


def test_an_assignment_lasts_for_some_time() -> None:
    with pytest.raises(AssignmentEndsBeforeStart):
        Assignment("u1", "C1", START, START)


def test_another_unit_is_no_obstacle() -> None:
    new = Assignment("u2", "C2", START)
    assert checked_assignment([Assignment("u1", "C1", START)], new) is new
    with pytest.raises(UnitAlreadyAssigned) as ended:
        checked_assignment([Assignment("u2", "C1", START, START + HOUR)], new)
    assert ended.value.message.endswith("from 2025-01-01T00:00:00Z until 2025-01-01T01:00:00Z (rule 4.5).")
    with pytest.raises(UnitAlreadyAssigned) as running:
        checked_assignment([Assignment("u2", "C1", START)], new)
    assert running.value.message.endswith("from 2025-01-01T00:00:00Z on (rule 4.5).")


def test_a_reservation_excludes_other_drafts_and_running_contracts() -> None:
    mine = Reservation("u1", "C1")
    assert checked_reservation([mine], [], mine, START) is mine
    assert checked_reservation([Reservation("u2", "C9")], [], mine, START) is mine
    with pytest.raises(UnitReserved):
        checked_reservation([Reservation("u1", "C9")], [], mine, START)
    with pytest.raises(UnitAlreadyAssigned):
        checked_reservation([], [Assignment("u1", "C9", START - HOUR)], mine, START)
    assert checked_reservation([], [Assignment("u1", "C9", START - HOUR, START)], mine, START) is mine


def test_a_reserved_unit_is_held_by_nobody() -> None:
    assert holder_at([], "u1", START) is None


def test_releasing_ends_what_runs_and_drops_what_has_not_begun() -> None:
    held = Assignment("u1", "C1", START)
    assert released(held, START + HOUR) == Assignment("u1", "C1", START, START + HOUR)
    assert released(held, START) is None
    short = Assignment("u1", "C1", START, START + HOUR)
    assert released(short, START + 2 * HOUR) is short
    assert released(short, START + HOUR / 2) == Assignment("u1", "C1", START, START + HOUR / 2)


@pytest.mark.parametrize("rated_w", [0, -1, 100_001])
def test_a_machine_without_or_with_absurd_power_is_refused(rated_w: int) -> None:
    with pytest.raises(RatingOutOfRange) as refusal:
        unit(rated_w=Fraction(rated_w))
    assert refusal.value.field == "rated_w"


def test_absurd_hashrates_and_efficiencies_are_refused() -> None:
    for ths, jth in ((Fraction(-1), None), (Fraction(100_001), None), (Fraction(200), Fraction(0))):
        with pytest.raises(RatingOutOfRange):
            unit(rated_ths=ths, efficiency_jth=jth)


def test_a_blank_efficiency_is_watts_by_hashrate() -> None:
    assert unit().effective_jth == Fraction(35, 2)
    assert unit(efficiency_jth=Fraction(18)).effective_jth == 18
    assert unit(rated_ths=Fraction(0)).effective_jth is None


def site(capacity_kw: int = 7, zone: str = "America/Chicago") -> Site:
    return Site("s1", "Plains", zone, Fraction(capacity_kw))


def test_a_site_carries_up_to_its_capacity() -> None:
    assert connected_kw([unit("u1"), unit("u2")]) == 7
    assert checked_load(site(), [unit("u1"), unit("u2")]) == 0
    with pytest.raises(SiteCapacityExceeded) as refusal:
        checked_load(site(), [unit("u1"), unit("u2"), unit("u3")])
    assert "10.500 kW" in refusal.value.message


def test_unknown_zones_and_absurd_capacities_are_refused() -> None:
    with pytest.raises(BadInstant):
        site(zone="Nowhere")
    for capacity in (0, -5, 10_000_001):
        with pytest.raises(CapacityOutOfRange):
            site(capacity)


def test_a_hand_over_at_an_instant_has_one_holder_at_every_time() -> None:
    at = datetime(2025, 1, 11, 7, 30, tzinfo=UTC)
    chain = [Assignment("u1", "A1", START, at), Assignment("u1", "B1", at)]
    assert holder_at(chain, "u1", at - timedelta(microseconds=1)) == "A1"
    assert holder_at(chain, "u1", at) == "B1"
