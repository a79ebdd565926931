"""Channels' lives changed at an instant: whole plans, their own repetition, and what cannot be (CB-45)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from metering.domain.moves import Life, Place, Plan, handed_over, moved, replaced_pdu, swapped
from metering.domain.refusals import BadMove
from unit.metering.plain import when

A1, A2 = Place("A", 1, "o1"), Place("A", 2, "o2")
FIRST = Life("c1", A1, "u1", None, None)
SECOND = Life("c2", A2, "u2", when(0), when(50))
LIVES = [FIRST, SECOND]


def applied(lives: list[Life], plan: Plan) -> list[Life]:
    """The lives after the plan was carried out at hour 10."""
    ended = {one.channel_id for one in plan.ending}
    kept = [replace(one, to_at=when(10)) if one.channel_id in ended else one for one in lives]
    new = [Life(f"n{n}", one.place, one.unit_id, one.from_at, one.to_at) for n, one in enumerate(plan.opening)]
    return kept + new


def test_a_replaced_pdu_hands_every_living_channel_on_with_what_was_left_of_its_life() -> None:
    old = Life("c0", A1, "u0", when(-9), when(-5))
    plan = replaced_pdu([*LIVES, old], "A", "B", {1: 7}, when(10))
    assert [one.channel_id for one in plan.ending] == ["c1", "c2"]
    assert [(one.place, one.unit_id, one.to_at) for one in plan.opening] == [
        (Place("B", 7, "o1"), "u1", None),
        (Place("B", 2, "o2"), "u2", when(50)),
    ]


def test_every_plan_asked_for_again_plans_nothing_and_finds_its_work() -> None:
    plans: list[Callable[[list[Life]], Plan]] = [
        lambda lives: replaced_pdu(lives, "A", "B", {}, when(10)),
        lambda lives: moved(lives[0], Place("B", 3, "o9"), lives, when(10)),
        lambda lives: swapped(lives[0], lives[1], lives, when(10)),
        lambda lives: handed_over(lives[0], "u3", lives, when(10)),
    ]
    for plan_of in plans:
        plan = plan_of(LIVES)
        again = plan_of(applied(LIVES, plan))
        assert (again.ending, again.opening) == ((), ())
        assert {(one.place, one.unit_id) for one in again.done} == {(one.place, one.unit_id) for one in plan.opening}


def test_swapped_outlets_exchange_their_units() -> None:
    plan = swapped(FIRST, SECOND, LIVES, when(10))
    assert [(one.place, one.unit_id) for one in plan.opening] == [(A2, "u1"), (A1, "u2")]


def test_one_of_two_feeds_moves_and_the_other_stays() -> None:
    other = Life("c3", Place("B", 1, "o3"), "u1", None, None)
    plan = moved(FIRST, Place("B", 2, "o4"), [*LIVES, other], when(10))
    assert [one.channel_id for one in plan.ending] == ["c1"]
    assert [one.place for one in plan.opening] == [Place("B", 2, "o4")]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (lambda: replaced_pdu(LIVES, "A", "A", {}, when(10)), "new_pdu_id"),
        (lambda: replaced_pdu(LIVES, "A", "B", {1: 2}, when(10)), "positions"),
        (lambda: replaced_pdu(LIVES, "A", "B", {}, when(0)), "at"),
        (lambda: replaced_pdu([], "A", "B", {}, when(10)), "at"),
        (lambda: moved(SECOND, Place("B", 1, "x"), LIVES, when(60)), "at"),
        (lambda: moved(SECOND, Place("B", 1, "x"), LIVES, when(0)), "at"),
        (lambda: moved(FIRST, A1, LIVES, when(10)), "at"),
        (lambda: swapped(FIRST, FIRST, LIVES, when(10)), "channel_ids"),
        (lambda: swapped(FIRST, replace(SECOND, unit_id="u1"), LIVES, when(10)), "channel_ids"),
        (lambda: handed_over(FIRST, "u1", LIVES, when(10)), "at"),
    ],
)
def test_what_cannot_be_moved_is_refused(plan: object, field: str) -> None:
    with pytest.raises(BadMove) as refused:
        plan()  # type: ignore[operator]
    assert refused.value.field == field
