"""Every event on every topic as Kafka holds it, from the first one on: what the stories assert on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from events.catalog import EVENTS, TOPICS
from events.envelope import Envelope, Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """An event with its envelope."""

    envelope: Envelope
    event: Event

    @property
    def name(self) -> str:
        return type(self.event).__name__


class EventLog:
    """Reads all topics in a thread of its own; `of` waits until all that Kafka holds now has been read."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._consumer: AIOKafkaConsumer | None = None
        self._reading: asyncio.Task[None] | None = None

    def __enter__(self) -> EventLog:
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # fault stories take the broker away
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def of(self, organization_id: str) -> list[Heard]:
        """The organization's events so far, in the order in which they were read."""
        self._do(self._catch_up())
        return list(self._heard[organization_id])

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(120)

    async def _open(self) -> None:
        self._consumer = AIOKafkaConsumer(
            *TOPICS,
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            retry_backoff_ms=300,
        )
        await self._consumer.start()
        self._reading = asyncio.create_task(self._read())

    async def _close(self) -> None:
        assert self._reading is not None
        assert self._consumer is not None
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._consumer.stop()

    async def _read(self) -> None:
        assert self._consumer is not None
        while True:
            try:
                found = await self._consumer.getmany(timeout_ms=200, max_records=5000)
            except KafkaError:  # the broker is away, as in the fault stories; it is asked again
                await asyncio.sleep(0.2)
                continue
            for records in found.values():
                for record in records:
                    self._keep(record)

    def _keep(self, record: ConsumerRecord[Any, Any]) -> None:
        headers = {name: value.decode() for name, value in record.headers}
        envelope = Envelope.of_headers(headers)
        event = EVENTS[envelope.type].model_validate_json(record.value)
        self._heard[str(envelope.organization_id)].append(Heard(envelope, event))

    async def _catch_up(self) -> None:
        consumer = self._consumer
        assert consumer is not None
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        while True:
            assert self._reading is not None
            assert not self._reading.done(), self._reading
            # A position is past a record as soon as it is handed over, and `_read` keeps it before it awaits again.
            if all([await consumer.position(p) >= ends[p] for p in partitions]):
                return
            await asyncio.sleep(0.02)
