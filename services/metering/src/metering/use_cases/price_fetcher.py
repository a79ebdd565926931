"""The loop that carries out intents to fetch hashprice: one process at a time, woken when an intent is kept."""

from __future__ import annotations

import asyncpg

from common.db import SYSTEM, Database, go_rounds
from metering.gateways.price_feed import PriceFeed
from metering.store import price_sources
from metering.use_cases.fetch_hashprice import fetch_hashprice

_LOCK = 7431
_IDLE_S = 5


class PriceFetcher:
    """Asks the addresses, for whichever organization has an intent open."""

    def __init__(self, database: Database, feed: PriceFeed) -> None:
        self._database, self._feed = database, feed

    async def run(self) -> None:
        """Fetch until cancelled, or the connection is lost."""
        await go_rounds(self._database.url, "wakeups", self._round, _IDLE_S, lock=_LOCK)

    async def _round(self, connection: asyncpg.Connection) -> bool:
        busy = bool(await self.turn())
        if busy:
            await connection.execute("select 1")  # the lock lives as long as this connection answers
        return busy

    async def turn(self) -> int:
        """All that is open now; answers how many intents there were."""
        async with self._database.transaction(SYSTEM) as tx:
            waiting = await price_sources.waiting(tx)
        counts = [await fetch_hashprice(self._database, self._feed, one) for one in waiting]
        return sum(counts)
