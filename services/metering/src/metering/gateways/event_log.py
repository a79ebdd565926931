"""The log of evidence: Kafka, where a poll is durable before its collector is answered (architecture 4.2).

The idempotent producer retries for as long as it takes, whatever time-out it is given. So every call has a deadline of
its own: when it passes, the outcome is unknown, the caller is told to send again, and what arrives twice is dropped by
its key. What still waits in the producer counts against a limit, so that a long outage cannot fill the memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerClosed, ProducerFenced
from aiokafka.partitioner import DefaultPartitioner

from common.errors import Unavailable
from common.outbox import new_producer

_BATCH_BYTES = 384 * 1024
_RECORD_OVERHEAD = 600
_FATAL = (ProducerClosed, ProducerFenced, OutOfOrderSequenceNumber)


@dataclass(frozen=True, slots=True)
class Message:
    """One record: its key, its body as it will lie in Kafka, its headers."""

    key: bytes
    body: bytes
    headers: list[tuple[str, bytes]]


class EventLog:
    """Publishes bodies that are already built; answers only when all replicas have them."""

    def __init__(self, bootstrap: str, *, deadline_s: int, waiting_bytes: int) -> None:
        self._bootstrap, self._deadline_s, self._limit = bootstrap, deadline_s, waiting_bytes
        self._waiting = 0
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Return when all messages are durable; raises `Unavailable` when that is refused or not known in time."""
        size = sum(len(one.body) + _RECORD_OVERHEAD for one in messages)
        if self._waiting and self._waiting + size > self._limit:
            raise Unavailable("Too much is waiting to be stored; send it again a little later.")
        self._waiting += size
        sending = asyncio.create_task(self._send(topic, messages))
        sending.add_done_callback(lambda task: self._sent(task, size))
        try:
            await asyncio.wait_for(asyncio.shield(sending), self._deadline_s)
        except (KafkaError, TimeoutError, OSError) as error:
            if isinstance(error, _FATAL):
                await self._give_up()
            raise Unavailable("The event log does not answer; send it again: what is known is passed over.") from error

    async def close(self) -> None:
        """Send what waits, for a moment, then stop."""
        if self._producer is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._producer.stop(), 5)

    async def _give_up(self) -> None:
        """A producer in a state it cannot leave is replaced by a new one."""
        broken, self._producer = self._producer, None
        if broken is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(broken.stop(), 2)

    def _sent(self, task: asyncio.Task[None], size: int) -> None:
        self._waiting -= size
        if not task.cancelled():
            task.exception()

    async def _send(self, topic: str, messages: Sequence[Message]) -> None:
        producer = await self._started()
        count = len(await producer.partitions_for(topic))
        by_partition: dict[int, list[Message]] = {}
        for one in messages:
            by_partition.setdefault(_partition(one.key, count), []).append(one)
        sent: list[asyncio.Future[Any]] = []
        await asyncio.gather(*(self._append(producer, topic, *part, sent) for part in by_partition.items()))
        await asyncio.gather(*sent)

    async def _append(
        self, producer: Any, topic: str, partition: int, messages: Sequence[Message], sent: list[asyncio.Future[Any]]
    ) -> None:
        batch = producer.create_batch()
        for one in messages:
            while batch.append(key=one.key, value=one.body, timestamp=None, headers=one.headers) is None:
                if not batch.record_count():
                    raise Unavailable("A poll is too large for the event log.")
                batch.close()
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
        batch.close()
        sent.append(await producer.send_batch(batch, topic, partition=partition))

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = new_producer(self._bootstrap, max_batch_size=_BATCH_BYTES)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
        return self._producer


_by_key = DefaultPartitioner()


@lru_cache(maxsize=65536)
def _partition(key: bytes, count: int) -> int:
    """The partition that Kafka's own clients choose for the key."""
    chosen: int = _by_key(key, list(range(count)), list(range(count)))
    return chosen
