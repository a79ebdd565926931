"""Who is told when the feed of an organization grew: one LISTEN connection a process, however many streams it has.

A bell only says that something is new; what it is, each stream reads itself, under its own reader's policies. So
nothing queues up for a slow reader, and nothing is lost when a bell is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import asyncpg
from prometheus_client import Gauge

from common import telemetry
from common.errors import RuleBroken

STREAMS = Gauge("hostbook_customers_streams_open", "Streams of changes that are open")
MOST_STREAMS = 8
_CHANNEL = "activity"


class TooManyStreams(RuleBroken):
    """One person, key or browser listens too often at once."""

    code, status = "too_many_streams", 429


class Bells:
    """Rings for the streams of an organization; listens only while there are any."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._bells: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._streams: Counter[str] = Counter()
        self._listening: asyncio.Task[None] | None = None

    def check(self, subject: str) -> None:
        """Refuse one who has enough streams open."""
        if self._streams[subject] >= MOST_STREAMS:
            raise TooManyStreams(f"{MOST_STREAMS} streams are open already.", remedy="close one of them")

    @contextlib.asynccontextmanager
    async def bell(self, organization_id: str, subject: str) -> AsyncIterator[asyncio.Event]:
        """A bell for one stream of one subject."""
        bell = asyncio.Event()
        self._bells[organization_id].add(bell)
        self._streams[subject] += 1
        STREAMS.inc()
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        try:
            yield bell
        finally:
            self._bells[organization_id].discard(bell)
            self._streams[subject] -= 1
            STREAMS.dec()
            if not self._streams[subject]:
                del self._streams[subject]
            if not self._streams and self._listening is not None:
                self._listening.cancel()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._until_lost()
            telemetry.log().warning("changes not heard", reason="connection lost")
            await asyncio.sleep(1)

    async def _until_lost(self) -> None:
        connection, lost = await asyncpg.connect(self._url), asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._ring)
            for organization_id in list(self._bells):  # whatever came while nobody listened
                self._ring(None, 0, _CHANNEL, organization_id)
            await lost.wait()
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)

    def _ring(self, _connection: object, _pid: int, _channel: str, organization_id: object) -> None:
        for bell in self._bells.get(str(organization_id), ()):
            bell.set()
