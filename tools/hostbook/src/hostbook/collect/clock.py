"""The collector's time: the wall clock, or in a simulation one that lies in the past and runs faster, until its end.

`HOSTBOOK_COLLECT_CLOCK` names such a clock to every process that is to have it: `<began wall>,<began simulated>,<ends
simulated>,<speed>`, or the path of a `SharedClock`. At its end it stands still, and who waits for a later instant waits
for good. Patience for an answer is always real time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from common.clock import instant_of, instant_text, wall_now
from hostbook.collect.shared_clock import SharedClock

VARIABLE = "HOSTBOOK_COLLECT_CLOCK"
_SHORTEST_S = 0.002


@dataclass(frozen=True, slots=True)
class FastClock:
    """Simulated time: `simulated_at` until `wall_at`; then `speed` seconds pass in each real one until `ends_at`."""

    wall_at: datetime
    simulated_at: datetime
    ends_at: datetime
    speed: int

    @classmethod
    def of(cls, text: str) -> FastClock:
        wall, simulated, ends, speed = text.split(",")
        return cls(instant_of(wall), instant_of(simulated), instant_of(ends), int(speed))

    def __str__(self) -> str:
        return ",".join((*map(instant_text, (self.wall_at, self.simulated_at, self.ends_at)), str(self.speed)))

    def now(self) -> datetime:
        passed = max(wall_now() - self.wall_at, timedelta())
        return min(self.ends_at, self.simulated_at + passed * self.speed)

    def is_over(self) -> bool:
        return self.now() >= self.ends_at


@lru_cache(maxsize=1)
def _simulated() -> FastClock | SharedClock | None:
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    return FastClock.of(text) if "," in text else SharedClock(Path(text))


def now() -> datetime:
    """The instant by the collector's clock, aware UTC."""
    clock = _simulated()
    return clock.now() if clock else wall_now()


async def sleep(seconds: float) -> None:
    """Wait for so many seconds of this clock; in a simulation perhaps for fewer, so look at the clock again."""
    clock = _simulated()
    if clock is None:
        await asyncio.sleep(seconds)
    elif clock.is_over():
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(max(seconds / clock.speed, _SHORTEST_S))


@contextmanager
def reading() -> Iterator[None]:
    """While a device is read a shared clock stands still, however long this machine takes for it."""
    clock = _simulated()
    if not isinstance(clock, SharedClock):
        yield
        return
    clock.hold()
    try:
        yield
    finally:
        clock.release()
