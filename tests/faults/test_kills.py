"""`kill -9` of every part in the middle of everything: the totals are those of a calm month (issue 3, section 7).

The same month is played twice on one stack, for two hosts. While the second one goes through its phases, every service,
Kafka, PostgreSQL, Temporal and the gateway are killed in turn, in each phase anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hostbook.engines.part import SERVICES
from hostbook.engines.stack import Stack
from support.fault_story import PHASES, set_up, totals
from support.killer import Killer
from support.stories import OPENS
from support.world import World

PATIENCE_S = 900
APART_S = 0.6
PARTS = (*SERVICES, "kafka", "postgres", "temporal", "gateway")
# Whoever has most to do in a phase is killed first, when it has just begun.
FIRST_KILLED = {
    "ingestion": ("metering", "kafka", "gateway", "postgres"),
    "advance": ("identity", "postgres", "metering", "contracts"),
    "billing run": ("invoicing", "temporal", "kafka", "payments"),
    "auto-pay": ("payments", "postgres", "invoicing", "revenueguard"),
}


@contextmanager
def told(capsys: pytest.CaptureFixture[str], what: str) -> Iterator[None]:
    """A line of progress, whatever pytest captures."""
    begun = time.monotonic()
    yield
    with capsys.disabled():
        print(f"  {what}: {time.monotonic() - begun:.0f} s", flush=True)


def _opened(open_world: Callable[..., World]) -> World:
    world = open_world(clock_at=OPENS, patience_s=PATIENCE_S)
    set_up(world)
    return world


def _order(phase: str) -> list[str]:
    first = FIRST_KILLED[phase]
    return [*first, *(part for part in PARTS if part not in first)]


def _assert_sound(found: dict[str, Any]) -> None:
    """The undisturbed month itself is as it should be, so that equality means something."""
    statuses = {name: (one["status"], one["open"]) for name, one in found["invoices"].items()}
    assert statuses == dict.fromkeys(("alpha", "bravo", "charlie", "delta"), ("paid", "0.00"))
    assert [found["taken by the processor"][name][0] for name in ("alpha", "bravo", "charlie", "delta")] == [1, 1, 1, 0]
    assert {name: n for name, n in found.items() if name.startswith("dead letters") and n} == {}


@pytest.mark.timeout(3600)
def test_killing_every_part_in_every_phase_changes_no_total(
    whole_stack: Stack, open_world: Callable[..., World], capsys: pytest.CaptureFixture[str]
) -> None:
    with told(capsys, "undisturbed"):
        calm = _opened(open_world)
        for play in PHASES.values():
            play(calm)
        expected = totals(calm)
    _assert_sound(expected)

    world = _opened(open_world)
    for phase, play in PHASES.items():
        with told(capsys, f"{phase}, {len(PARTS)} parts killed"):
            with Killer(whole_stack, _order(phase), apart_s=APART_S, patience_s=PATIENCE_S) as killer:
                play(world)
            world.settle()
        assert [part for part, pid in killer.killed if pid] == _order(phase)
    found = totals(world)
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert found[name] == wanted, name
