"""Work that comes round at instants of the collector's clock, and that is never cut off half done when it has to go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from hostbook.collect.clock import now, sleep


class Rounds:
    """`work(slot)` at each instant that `next_at()` gives. Slots that pass while it works are left out.

    `before` are rounds about the same device: these begin when those are over, and with the slot that those had been
    waiting for if it has come meanwhile. So no slot is lost, and no device is asked twice at a time.
    """

    def __init__(
        self,
        next_at: Callable[[], datetime],
        work: Callable[[datetime], Awaitable[object]],
        before: Rounds | None = None,
    ) -> None:
        self._next_at, self._work, self._before = next_at, work, before
        self._waits_for: datetime | None = before.waits_for if before else None
        self._is_leaving = False
        self._is_working = False
        self.task = asyncio.create_task(self._run())

    @property
    def waits_for(self) -> datetime | None:
        """The slot that is not worked on yet."""
        return self._waits_for

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """This one's, and those that it still waits for."""
        return {self.task} | (self._before.tasks if self._before else set())

    def leave(self) -> None:
        """Go: at once while waiting, else when the work under way is done."""
        self._is_leaving = True
        if not self._is_working:
            self.task.cancel()

    async def _run(self) -> None:
        if self._before is not None:
            await asyncio.wait(self._before.tasks)
            missed = self._before.waits_for
            self._before = None
            if missed is not None and missed <= now():
                await self._turn(missed)
        while not self._is_leaving:
            self._waits_for = self._next_at()
            await until(self._waits_for)
            await self._turn(self._waits_for)

    async def _turn(self, slot: datetime) -> None:
        self._is_working, self._waits_for = True, None
        try:
            await self._work(slot)
        finally:
            self._is_working = False


async def until(at: datetime) -> None:
    """Wait for an instant of the collector's clock."""
    while (rest := (at - now()).total_seconds()) > 0:
        await sleep(rest)
