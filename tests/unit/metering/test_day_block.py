"""Days of polls packed into blocks: what goes in comes out, and it is small (issue 5, sections 1 and 4)."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from metering.store.day_block import block_of, polls_in
from metering.store.packing import HIGHEST, digest, packed
from metering.store.raw_poll import RawPoll

BEGIN = datetime(2025, 3, 1, tzinfo=UTC)


def poll(seconds: int, energy: list[int | None], power: list[int | None] | None = None) -> RawPoll:
    at = BEGIN + timedelta(seconds=seconds, microseconds=7)
    sum_ = digest(packed(energy), b"" if power is None else packed(power, "HIQ"))
    return RawPoll(at, sum_, at + timedelta(milliseconds=830), energy, power)


def day(outlets: int = 24, step_s: int = 300) -> list[RawPoll]:
    rng = Random(3)
    registers = [rng.randrange(10**6, 10**7) for _ in range(outlets)]
    found = []
    for second in range(0, 86_400, step_s):
        watts = [3300 + rng.randrange(-60, 60) for _ in range(outlets)]
        registers = [one + w * step_s // 3600 for one, w in zip(registers, watts, strict=True)]
        found.append(poll(second, list(registers), list(watts)))
    return found


def test_a_day_of_polls_comes_back_as_it_was_in_a_fifth_of_the_room() -> None:
    polls = day()
    block = block_of(polls)
    assert block is not None
    assert polls_in(block) == polls
    assert len(block) / (len(polls) * 24) < 2.5


@pytest.mark.parametrize(
    "polls",
    [
        [poll(0, [5])],
        [poll(0, [None, 3], [None, 5]), poll(0, [7, None], [2, None]), poll(9, [None, None])],
        [poll(0, [0, (1 << 60) - 1], [0, 1]), poll(1, [(1 << 60) - 1, 0], [(1 << 32) - 2, 0])],
        [poll(n, []) for n in range(3)],
    ],
)
def test_unreadable_registers_missing_power_and_large_numbers_come_back(polls: list[RawPoll]) -> None:
    block = block_of(polls)
    assert block is not None
    assert polls_in(block) == polls


def test_what_does_not_fit_a_block_is_left_alone() -> None:
    assert block_of([poll(0, [HIGHEST])]) is None
    assert block_of([poll(0, [1, 2]), poll(1, [1])]) is None


def test_a_block_of_another_kind_is_not_misread() -> None:
    block = block_of([poll(0, [5])])
    assert block is not None
    with pytest.raises(ValueError, match="version"):
        polls_in(b"\x09" + block[1:])
