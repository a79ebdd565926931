"""One device over its life: its driver, its breaker, and what was last known of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from traceback import format_exception

import structlog

from hostbook.collect.breaker import Breaker, Stand
from hostbook.collect.clock import now, reading
from hostbook.collect.config import DeviceEntry, Limits
from hostbook.collect.driver import Answer, Device, Driver, Failure, Identity, Trouble
from hostbook.collect.registry import driver_of

_DEADLINES = 10
_IDENTIFY_EVERY_S = 3600
_log = structlog.get_logger()


@dataclass(slots=True)
class Known:
    """The last that is known of a device."""

    identity: Identity | None = None
    read_at: datetime | None = None
    failure: Failure | None = None
    reads: int = 0
    failed: int = 0


class Turns:
    """At most so many devices at a time. Those that failed last time have a few places of their own, so that however
    many are dead they never stand in the way of the living."""

    def __init__(self, at_once: int) -> None:
        self._living = asyncio.Semaphore(at_once)
        self._failing = asyncio.Semaphore(max(1, at_once // 4))

    def of(self, breaker: Breaker) -> asyncio.Semaphore:
        return self._failing if breaker.failures else self._living


class Reader:
    """Asks a device when its turn comes, unless its breaker is open."""

    def __init__(self, entry: DeviceEntry, device: Device, limits: Limits, turns: Turns) -> None:
        self.entry, self.device, self._turns = entry, device, turns
        self.breaker = Breaker(limits.silent_after, limits.pause_s, limits.longest_pause_s)
        self.known = Known()
        self._driver: Driver = driver_of(device)
        self._identified_s: int | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def stand(self) -> Stand:
        return self.breaker.stand(int(time.monotonic()))

    async def close(self) -> None:
        await self._driver.close()

    def limit(self, limits: Limits, turns: Turns) -> None:
        """Other limits from the next read on; what is known of the device stays."""
        self._turns = turns
        self.breaker.silent_after = limits.silent_after
        self.breaker.pause_s, self.breaker.longest_pause_s = limits.pause_s, limits.longest_pause_s

    async def read(self) -> Answer:
        """A read, or why there is none. While the device is left alone, its last failure."""
        if self.stand is Stand.OPEN and self.known.failure:
            return self.known.failure
        async with self._one_at_a_time, self._turns.of(self.breaker):
            with reading():
                answer = await self._bounded()
        if isinstance(answer, Failure):
            self._failed(answer)
        else:
            self._answered()
        return answer

    async def _bounded(self) -> Answer:
        """All requests of a read together have a limit as well: a device may answer each at the last moment."""
        limit_s = int(self.device.timeout_s * (self.device.retries + 1) * _DEADLINES) + 1
        try:
            async with asyncio.timeout(limit_s):
                return await self._identified_read()
        except TimeoutError:
            reason = f"{self.device.address} did not finish a read within {limit_s} s."
            return Failure(Trouble.SILENT, reason, "look at the device's load, or give it a longer interval")
        except Exception as error:  # one device's surprise must not end the others
            _log.error("device.surprise", device=self.entry.name, trace=self._hushed("".join(format_exception(error))))
            reason = self._hushed(f"{type(error).__name__}: {error}")
            return Failure(Trouble.NONSENSE, reason, "please report this with the log")

    def _hushed(self, text: str) -> str:
        """Without the device's secrets, should a library have put one into its words."""
        for name, value in self.device.secrets.items():
            text = text.replace(value, f"<{name}>")
        return text

    async def _identified_read(self) -> Answer:
        at_s = int(time.monotonic())
        if self._identified_s is None or at_s - self._identified_s > _IDENTIFY_EVERY_S:
            identity = await self._driver.identify()
            if isinstance(identity, Failure):
                return identity
            self.known.identity, self._identified_s = identity, at_s
        return await self._driver.read()

    def _answered(self) -> None:
        if self.known.failure:
            _log.info("device.answers", device=self.entry.name, after_failures=self.breaker.failures)
        self.breaker.answered()
        self.known.read_at, self.known.failure = now(), None
        self.known.reads += 1

    def _failed(self, failure: Failure) -> None:
        before = self.known.failure
        self.breaker.failed(int(time.monotonic()))
        self.known.failure = failure
        self.known.failed += 1
        self._identified_s = None
        if before is None or before.trouble is not failure.trouble:
            _log.warning(
                "device.failed",
                device=self.entry.name,
                trouble=failure.trouble.value,
                reason=failure.reason,
                remedy=failure.remedy,
            )
