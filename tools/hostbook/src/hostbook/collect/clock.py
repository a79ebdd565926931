"""The collector's time: the wall clock, or in a simulation one that began at an instant in the past and runs faster.

`HOSTBOOK_COLLECT_CLOCK="<began wall>,<began simulated>,<speed>"` is given by `hostbook simulate` to every process that
it starts, so that fakes and collector agree on what time it is. Patience for an answer is always real time.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from common.clock import instant_of, instant_text, wall_now

VARIABLE = "HOSTBOOK_COLLECT_CLOCK"


@dataclass(frozen=True, slots=True)
class FastClock:
    """Simulated time: at `wall_at` it was `simulated_at`, and since then `speed` seconds pass in each real one."""

    wall_at: datetime
    simulated_at: datetime
    speed: int

    @classmethod
    def of(cls, text: str) -> FastClock:
        wall, simulated, speed = text.split(",")
        return cls(instant_of(wall), instant_of(simulated), int(speed))

    def __str__(self) -> str:
        return f"{instant_text(self.wall_at)},{instant_text(self.simulated_at)},{self.speed}"

    def now(self) -> datetime:
        return self.simulated_at + (wall_now() - self.wall_at) * self.speed


@lru_cache(maxsize=1)
def _simulated() -> FastClock | None:
    text = os.environ.get(VARIABLE)
    return FastClock.of(text) if text else None


def now() -> datetime:
    """The instant by the collector's clock, aware UTC."""
    clock = _simulated()
    return clock.now() if clock else wall_now()


def speed() -> int:
    """How many seconds of this clock pass in a real one; 1 outside simulations."""
    clock = _simulated()
    return clock.speed if clock else 1


async def sleep(seconds: float) -> None:
    """Wait for so many seconds of this clock."""
    await asyncio.sleep(seconds / speed())
