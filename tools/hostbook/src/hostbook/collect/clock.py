"""The collector's time: the wall clock, or in a simulation one that lies in the past and runs faster, until its end.

`HOSTBOOK_COLLECT_CLOCK="<began wall>,<began simulated>,<ends simulated>,<speed>"` is given by `hostbook simulate` to
every process that it starts, so that fakes and collector agree on what time it is. At its end such a clock stands
still, and who waits for a later instant waits for good. Patience for an answer is always real time.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from common.clock import instant_of, instant_text, wall_now

VARIABLE = "HOSTBOOK_COLLECT_CLOCK"


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


@lru_cache(maxsize=1)
def _simulated() -> FastClock | None:
    text = os.environ.get(VARIABLE)
    return FastClock.of(text) if text else None


def now() -> datetime:
    """The instant by the collector's clock, aware UTC."""
    clock = _simulated()
    return clock.now() if clock else wall_now()


async def sleep(seconds: float) -> None:
    """Wait for so many seconds of this clock."""
    clock = _simulated()
    if clock is None:
        await asyncio.sleep(seconds)
    elif clock.now() < clock.ends_at:
        await asyncio.sleep(seconds / clock.speed)
    else:
        await asyncio.Event().wait()
