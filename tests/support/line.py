"""The plumbing between two services: an outbox, a topic of its own, consumers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from common import outbox
from common.consuming import EventRouter
from common.db import SYSTEM, Database, Tx
from common.kafka import Consumer, ensure_topics
from common.outbox import Relay
from common.service import running
from events.envelope import Envelope, Event, Kind
from support.one_service import eventually

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)


class Tick(Event):
    """A fact that only counts."""

    KIND = Kind("testing", "line", "ticked", "thing")
    thing: str
    number: int


def fact_on(topic: str) -> type[Tick]:
    """The same fact on a topic of its own."""
    return type("Tick", (Tick,), {"KIND": Kind("testing", topic, "ticked", "thing"), "__module__": __name__})


@dataclass
class Line:
    """One organization's facts from outbox to consumer; `fact` is its event class."""

    database: Database
    bootstrap: str
    fact: type[Tick] = field(default_factory=lambda: fact_on(f"t{uuid4().hex[:10]}"))
    id: UUID = field(default_factory=uuid4)

    @property
    def topic(self) -> str:
        return self.fact.KIND.topic

    async def opened(self, partitions: int = 1) -> Line:
        await ensure_topics(self.bootstrap, [self.topic], partitions=partitions)
        return self

    async def publish(self, tx: Tx, number: int, thing: str = "a") -> UUID:
        event = self.fact(thing=thing, number=number)
        return await outbox.publish(tx, self.id, event, at=AT, source="testing")

    async def publish_all(self, numbers: range, thing: str = "a") -> None:
        """Each in a transaction of its own."""
        for number in numbers:
            async with self.database.of(self.id) as tx:
                await self.publish(tx, number, thing)

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[None]:
        async with running(Relay("testing", self.database.url, self.bootstrap).run):
            yield

    @asynccontextmanager
    async def consumer(self, router: EventRouter, name: str = "") -> AsyncIterator[Consumer]:
        reading = Consumer(name or f"g{uuid4().hex[:8]}", self.database, self.bootstrap, router)
        await reading.start()
        yield reading
        await reading.stop()

    def router(self, handler: Callable[[Tx, Any, Envelope], Awaitable[None]]) -> EventRouter:
        """A router with one handler for the fact."""
        made = EventRouter()
        made.on(self.fact)(handler)
        return made

    async def sent(self, count: int, *, within_s: float = 10) -> list[tuple[str, int]]:
        """The event ids and numbers on the topic in their order, once there are so many."""
        reader = AIOKafkaConsumer(self.topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await reader.start()
        found: list[tuple[str, int]] = []
        try:
            async with asyncio.timeout(within_s):
                while len(found) < count:
                    message = await reader.getone()
                    number = self.fact.model_validate_json(message.value).number
                    found.append((dict(message.headers)["ce_id"].decode(), number))
        finally:
            await reader.stop()
        return found

    async def unpublished(self) -> int:
        async with self.database.transaction(SYSTEM) as tx:
            count = text("select count(*) from outbox where published_at is null and organization_id = :id")
            return int((await tx.execute(count, {"id": self.id})).scalar_one())

    async def all_published(self) -> None:
        async def is_empty() -> bool:
            return await self.unpublished() == 0

        await eventually(is_empty)
