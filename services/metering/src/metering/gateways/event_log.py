"""The log of evidence: Kafka, where a poll is durable before its collector is answered (architecture 4.2).

What comes for a partition while a batch of it is under way goes together in the next one: the busier, the larger the
batches. A message is kept as the bytes that Kafka will hold and in no other form, so that the limit on what waits is a
limit on memory.

The idempotent producer retries for as long as it takes, whatever time-out it is given. So every call has a deadline of
its own: when it passes, the outcome is unknown, the caller is told to send again, and what arrives twice is dropped by
its key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerClosed, ProducerFenced
from aiokafka.partitioner import DefaultPartitioner

from common.errors import Unavailable
from common.outbox import new_producer

_BATCH_BYTES = 640 * 1024
_RECORD_OVERHEAD = 400
_ASK_EVERY_S = 2.0
_FATAL = (ProducerClosed, ProducerFenced, OutOfOrderSequenceNumber)


@dataclass(frozen=True, slots=True)
class Message:
    """One record: its key, its body as it will lie in Kafka, its headers."""

    key: bytes
    body: bytes
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        """About how many bytes of the log it takes."""
        return len(self.body) + _RECORD_OVERHEAD


class _Batch:
    """Records of one partition that are sent together; `sent` is done when all replicas have them."""

    def __init__(self, builder: Any) -> None:
        self.builder, self.size = builder, 0
        self.sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent.add_done_callback(lambda sent: sent.cancelled() or sent.exception())  # seen, even if nobody waits

    def takes(self, message: Message) -> bool:
        """Append the message, if there is room."""
        one = message
        if self.builder.append(key=one.key, value=one.body, timestamp=None, headers=one.headers) is None:
            return False
        self.size += one.size
        return True


class _Lane:
    """One partition's way into Kafka: a batch at a time, the next one filling meanwhile."""

    def __init__(self, producer: Any, topic: str, partition: int, count: Callable[[int], None]) -> None:
        self._producer, self._topic, self._partition, self._count = producer, topic, partition, count
        self._waiting: deque[_Batch] = deque()
        self._under_way: _Batch | None = None
        self._sending: asyncio.Task[None] | None = None

    def append(self, message: Message) -> asyncio.Future[None]:
        """The future of the batch that the message goes with."""
        if not self._waiting or not self._waiting[-1].takes(message):
            self._waiting.append(_Batch(self._producer.create_batch()))
            if not self._waiting[-1].takes(message):
                raise Unavailable("An entry is too large for the event log.")
        self._count(message.size)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return self._waiting[-1].sent

    def give_up(self, error: Exception) -> None:
        """Nothing of what waits will be sent any more."""
        if self._sending is not None:
            self._sending.cancel()
        for batch in (*([self._under_way] if self._under_way else []), *self._waiting):
            self._finish(batch, error)
        self._waiting.clear()

    async def _send(self) -> None:
        while self._waiting:
            batch = self._under_way = self._waiting.popleft()
            try:
                await (await self._producer.send_batch(batch.builder, self._topic, partition=self._partition))
                self._finish(batch, None)
            except (KafkaError, TimeoutError, OSError) as error:
                self._finish(batch, error)
            self._under_way = None

    def _finish(self, batch: _Batch, error: Exception | None) -> None:
        if batch.sent.done():
            return
        self._count(-batch.size)
        if error is None:
            batch.sent.set_result(None)
        else:
            batch.sent.set_exception(error)


class EventLog:
    """Publishes bodies that are already built; answers only when all replicas have them."""

    def __init__(self, bootstrap: str, *, deadline_s: int, waiting_bytes: int, most_behind: int) -> None:
        self._bootstrap, self._deadline_s, self._limit = bootstrap, deadline_s, waiting_bytes
        self._backlog = Backlog(bootstrap, most_behind)
        self._waiting = 0
        self._producer: Any = None
        self._lanes: dict[str, list[_Lane]] = {}
        self._starting = asyncio.Lock()

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Return when all messages are durable; raises `Unavailable` when that is refused or not known in time."""
        size = sum(one.size for one in messages)
        if self._waiting and self._waiting + size > self._limit:
            raise Unavailable("Too much is waiting to be stored; send it again a little later.")
        producer = None
        try:
            async with asyncio.timeout(self._deadline_s):
                lanes = await self._lanes_of(topic)
                producer = self._producer
                self._backlog.refuse_if_too_long(topic, len(lanes))
                sent = {lanes[_partition(one.key, len(lanes))].append(one) for one in messages}
                await asyncio.wait(sent)  # which leaves a batch alone when this call's time is over
            for one in sent:
                one.result()
        except (KafkaError, TimeoutError, OSError) as error:
            if isinstance(error, _FATAL):
                await self._give_up(producer, error)
            raise Unavailable("The event log does not answer; send it again: what is known is passed over.") from error

    async def close(self) -> None:
        """Send what waits, for a moment, then stop."""
        await self._backlog.close()
        if self._producer is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._producer.stop(), 5)

    async def _give_up(self, broken: Any, error: Exception) -> None:
        """A producer in a state it cannot leave is replaced by a new one."""
        if broken is None or broken is not self._producer:
            return
        lanes, self._producer, self._lanes = self._lanes, None, {}
        for lane in (lane for of_topic in lanes.values() for lane in of_topic):
            lane.give_up(error)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(broken.stop(), 2)

    def _count(self, size: int) -> None:
        self._waiting += size

    async def _lanes_of(self, topic: str) -> list[_Lane]:
        async with self._starting:
            if self._producer is None:
                producer = new_producer(self._bootstrap, max_batch_size=_BATCH_BYTES)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer, self._lanes = producer, {}
            if topic not in self._lanes:
                partitions = sorted(await self._producer.partitions_for(topic))
                self._lanes[topic] = [_Lane(self._producer, topic, one, self._count) for one in partitions]
        return self._lanes[topic]


class Backlog:
    """How many records the consumers of a topic have not written yet; asked at most every other second, on the side.

    Kafka takes evidence for as long as its disk lasts. Before that, while the database stays away, collectors are told
    to keep what they have.
    """

    def __init__(self, bootstrap: str, most: int) -> None:
        self._bootstrap, self._most = bootstrap, most
        self._behind: dict[str, int] = {}
        self._asked_at: dict[str, float] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._clients: tuple[AIOKafkaConsumer, AIOKafkaAdminClient] | None = None

    def refuse_if_too_long(self, topic: str, partitions: int) -> None:
        """Raises `Unavailable` where the backlog, as last seen, is longer than it may be."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at.get(topic, -_ASK_EVERY_S) >= _ASK_EVERY_S:
            self._asked_at[topic] = now
            asking = asyncio.create_task(self._ask([TopicPartition(topic, one) for one in range(partitions)]))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        behind = self._behind.get(topic, 0)
        if behind > self._most:
            raise Unavailable(f"{behind} entries wait for the database already; keep yours, and send it later.")

    async def close(self) -> None:
        """Stop asking."""
        for asking in self._asking:
            asking.cancel()
        await self._forget_clients()

    async def _ask(self, partitions: Sequence[TopicPartition]) -> None:
        topic = partitions[0].topic
        try:
            async with asyncio.timeout(5):
                consumer, admin = await self._connected()
                ends = await consumer.end_offsets(list(partitions))
                done = await admin.list_consumer_group_offsets(f"metering.{topic}")
                self._behind[topic] = sum(ends[p] - (done[p].offset if p in done else 0) for p in partitions)
        except (KafkaError, TimeoutError, OSError):
            await self._forget_clients()

    async def _connected(self) -> tuple[AIOKafkaConsumer, AIOKafkaAdminClient]:
        if self._clients is None:
            consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            self._clients = consumer, admin
            await consumer.start()
            await admin.start()
        return self._clients

    async def _forget_clients(self) -> None:
        clients, self._clients = self._clients, None
        if clients is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(clients[0].stop(), 2)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(clients[1].close(), 2)


_by_key = DefaultPartitioner()


@lru_cache(maxsize=65536)
def _partition(key: bytes, count: int) -> int:
    """The partition that Kafka's own clients choose for the key."""
    chosen: int = _by_key(key, list(range(count)), list(range(count)))
    return chosen
