"""Forward: the oldest entries first, in bounded batches, until the gateway has answered for each."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from common.clock import wall_now
from hostbook.collect.config import Limits
from hostbook.collect.scans import part_of
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Kind, Refusal, Waiting
from hostbook.collect.uplink import Later, Outcome, Part, Taken, TooLarge, Uplink, Wrong

_FIRST_PAUSE_S = 1
_IDLE_S = 30
_SKEW_TOLD = timedelta(seconds=2)
_log = structlog.get_logger()


@dataclass(slots=True)
class Sent:
    """How sending goes, for the status."""

    taken: int = 0
    refused: int = 0
    answered_at: datetime | None = None
    trouble: str | None = None


class Sender:
    """Sends one kind of entries. Batches shrink while the gateway finds them too large or wrong, and grow back."""

    def __init__(self, kind: Kind, door: Door, uplink: Uplink, limits: Limits) -> None:
        self._kind, self._door, self._uplink, self._limits = kind, door, uplink, limits
        self._count, self._pauses = limits.batch, 0
        self.sent = Sent()

    async def run(self) -> None:
        """For ever: send, and wait for more or for the gateway."""
        while True:
            self._door.arrived[self._kind].clear()
            try:
                pause_s = await self.once()
            except sqlite3.Error as error:  # a full disk takes no removal either; what was sent is sent again
                pause_s = self._limits.retry_s
                self.sent.trouble = f"the spool refuses: {error}"
                _log.error("spool.refused", kind=self._kind.value, reason=str(error), remedy="free the disk")
            if pause_s is not None:
                await asyncio.sleep(pause_s)
            elif not await self._waits():
                await self._idle()

    async def drain(self) -> bool:
        """Send what waits, until nothing does or the gateway wants us later; whether nothing is left."""
        while await self._waits():
            if await self.once() is not None:
                return False
        return True

    async def once(self) -> int | float | None:
        """One batch. The seconds to wait before the next try, or None if the way is free."""
        size = self._limits.batch_kb * 1024
        batch = await self._door.ask(lambda spool: spool.batch(self._kind, self._count, size))
        if not batch:
            return None
        outcome = await self._uplink.post(self._kind, [waiting.entry.body for waiting in batch])
        if isinstance(outcome, Later):
            return self._later(outcome)
        await self._answered(batch, outcome)
        return None

    async def _waits(self) -> bool:
        return bool(await self._door.ask(lambda spool: spool.batch(self._kind, 1, 1)))

    async def _idle(self) -> None:
        """Not by `wait_for`: in Python 3.11 that loses a cancellation that comes together with what is waited for."""
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._door.arrived[self._kind].wait()
        except TimeoutError:
            return

    def _later(self, outcome: Later) -> int | float:
        longest = self._limits.retry_s
        pause: int | float = min(_FIRST_PAUSE_S << min(self._pauses, 16), longest)
        self._pauses += 1
        self.sent.trouble = outcome.why
        pause = outcome.after_s if outcome.after_s is not None else pause * random.uniform(0.5, 1)  # noqa: S311
        _log.warning("gateway.later", kind=self._kind.value, reason=outcome.why, again_s=round(pause, 1))
        return pause

    async def _answered(self, batch: Sequence[Waiting], outcome: Outcome) -> None:
        self._pauses, self.sent.answered_at = 0, wall_now()
        if isinstance(outcome, Taken):
            self.sent.trouble = None
            await self._settle(batch, outcome.refused)
            self._count = min(self._limits.batch, max(self._count * 2, 1))
        elif len(batch) > 1:
            self._count = max(1, len(batch) // 2)
        elif isinstance(outcome, Wrong):
            await self._settle(batch, [Part(0, outcome.field, outcome.reason, outcome.remedy)])
        elif isinstance(outcome, TooLarge):
            await self._settle(batch, [Part(0, "body", "The gateway finds this one entry too large.", "")])

    async def _settle(self, batch: Sequence[Waiting], parts: Sequence[Part]) -> None:
        refusals = [_refusal(batch[part.index], part) for part in parts if part.index < len(batch)]
        at = wall_now()
        await self._door.ask(lambda spool: spool.settle(batch, refusals, at))
        wholly = {refusal.waiting_id for refusal in refusals if refusal.body is None}
        self.sent.refused += len(refusals)
        self.sent.taken += len(batch) - len(wholly)
        names = {waiting.id: waiting.entry.device for waiting in batch}
        for refusal in refusals:
            _log.error("gateway.refused", device=names[refusal.waiting_id], field=refusal.field, reason=refusal.reason)


def _refusal(waiting: Waiting, part: Part) -> Refusal:
    """Of a scan the gateway may refuse single miners and take the others: only these are kept."""
    body = part_of(waiting.entry.body, part.field) if waiting.entry.kind is Kind.SCAN else None
    return Refusal(waiting.id, part.field, part.reason, part.remedy, body)
