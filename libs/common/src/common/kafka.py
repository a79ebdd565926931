"""The one Kafka consumer harness of all services (architecture 4.3, 4.4).

Offsets are committed after the database. A transient failure seeks back, pauses the partition and backs off while the
others flow on; a permanent one goes to the dead-letter table and its key is closed behind it.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from opentelemetry.trace import SpanKind

from common import telemetry
from common.consuming import EventRouter, Poisoned, RawHandler, Record, apply, quarantine
from common.db import Database, is_transient
from common.errors import NotYet, Unavailable

_BACKOFF_S = (0.2, 0.5, 1, 2, 5, 10, 20)


async def ensure_topics(bootstrap: str, topics: Iterable[str], *, partitions: int, replicas: int = 1) -> None:
    """Create the topics that do not exist; in production the cluster's operator owns them and this finds them there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        missing = [NewTopic(t, partitions, replicas) for t in sorted(set(topics) - set(await admin.list_topics()))]
        if missing:
            await admin.create_topics(missing)
    finally:
        await admin.close()


class Consumer:
    """Reads the topics of a router as one consumer group and carries each event through its handlers."""

    def __init__(self, service: str, database: Database, bootstrap: str, router: EventRouter) -> None:
        self.service, self.database, self.router, self.handled = service, database, router, 0
        self._bootstrap = bootstrap
        self._broker = KafkaBroker(bootstrap, logger=None, allow_auto_create_topics=False)
        self._failures: dict[TopicPartition, int] = defaultdict(int)
        self._resumes: set[asyncio.TimerHandle] = set()
        self._committed: dict[TopicPartition, int] = {}
        self._assigned: dict[int, set[TopicPartition]] = {}
        self._subscribers: list[Any] = []
        if router.topics():
            self._subscribe(router.topics(), service, 200, wait_ms=500)
        for topic in router.raw:
            self._subscribe([topic], f"{service}.{topic}", 6000, wait_ms=100)  # a drained one joins soon

    def _subscribe(self, topics: list[str], group: str, max_records: int, *, wait_ms: int) -> None:
        subscriber = self._broker.subscriber(
            *topics, group_id=group, batch=True, max_records=max_records, batch_timeout_ms=1000, parser=_unparsed,
            decoder=_undecoded, ack_policy=AckPolicy.MANUAL, auto_offset_reset="earliest", no_reply=True,
            fetch_max_wait_ms=wait_ms, session_timeout_ms=6000, heartbeat_interval_ms=1500, max_poll_interval_ms=300000,
        )  # fmt: skip

        async def receive(_bodies: list[bytes], message: KafkaMessage) -> None:
            await self._batch(subscriber.consumer, list(message.raw_message))

        receive.__annotations__ = {"_bodies": list[bytes], "message": KafkaMessage, "return": None}
        subscriber(receive)
        self._subscribers.append(subscriber)

    async def start(self) -> None:
        self._asker = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)  # asks without waiting behind a long fetch
        await self._asker.start()
        await self._broker.start()

    async def stop(self) -> None:
        """Leave the groups; what was being handled is finished or read again."""
        for resume in self._resumes:
            resume.cancel()
        await self._broker.stop()
        await self._asker.stop()

    async def _batch(self, reader: Any, messages: list[Any]) -> None:
        by_partition: dict[TopicPartition, list[Any]] = defaultdict(list)
        for message in messages:
            by_partition[TopicPartition(message.topic, message.partition)].append(message)
        parts = [self._partition(reader, place, [_record(m) for m in some]) for place, some in by_partition.items()]
        if messages[0].topic in self.router.raw:
            await asyncio.gather(*parts)  # of a log, one is decoded while the database writes another
            return
        for part in parts:
            await part

    async def _partition(self, reader: Any, partition: TopicPartition, records: list[Record]) -> None:
        batch_handler = self.router.raw.get(partition.topic)
        done = records[0].position
        try:
            if batch_handler is not None:
                await self._whole(batch_handler, records)
                done = records[-1].position + 1
            else:
                for record in records:
                    await self._one(record)
                    done = record.position + 1
            self._failures.pop(partition, None)
        except Exception as error:  # also one that nobody foresaw: going on would skip what failed
            self._back_off(reader, partition, done, error)
        self.handled += len([r for r in records if r.position < done])
        if done > records[0].position:
            try:
                await reader.commit({partition: done})
                self._committed[partition] = done
            except KafkaError as error:
                telemetry.log().warning("commit refused", error_type=type(error).__name__, topic=partition.topic)

    async def _whole(self, batch_handler: RawHandler, records: list[Record]) -> None:
        try:
            await batch_handler(records)
        except Poisoned as error:
            for record, reason in error.records:
                await quarantine(self.database, self.service, record, reason)

    async def _one(self, record: Record) -> None:
        kind = record.headers.get("ce_type", "")
        pairs = self.router.handlers.get(kind)
        if not pairs:
            return
        started = time.perf_counter()
        event_id = record.headers.get("ce_id")
        with telemetry.span(f"consume {kind}", record.headers, kind=SpanKind.CONSUMER, event__id=event_id):
            try:
                outcome = await apply(self.database, self.service, pairs, record)
            except Exception as error:
                place = TopicPartition(record.topic, record.partition)
                given_up = isinstance(error, NotYet) and self._failures[place] >= len(_BACKOFF_S)
                if not given_up and (is_transient(error) or isinstance(error, KafkaError | Unavailable)):
                    raise
                outcome = "quarantined"
                telemetry.log().exception("event quarantined", type=kind, key=record.key, event_id=event_id)
                await quarantine(self.database, self.service, record, f"{type(error).__name__}: {error}")
        telemetry.EVENTS.labels(self.service, kind, outcome).inc()
        telemetry.EVENT_SECONDS.labels(self.service, kind).observe(time.perf_counter() - started)

    def _back_off(self, reader: Any, partition: TopicPartition, position: int, error: Exception) -> None:
        delay = _BACKOFF_S[min(self._failures[partition], len(_BACKOFF_S) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
        self._failures[partition] += 1
        place = {"topic": partition.topic, "partition": partition.partition}
        telemetry.log().warning("partition paused", **place, delay_s=round(delay, 2), error_type=type(error).__name__)
        reader.seek(partition, position)
        reader.pause(partition)

        def resume() -> None:
            self._resumes.discard(timer)
            if partition in reader.assignment():
                reader.resume(partition)

        timer = asyncio.get_running_loop().call_later(delay, resume)
        self._resumes.add(timer)

    async def lag(self) -> int:
        """Events in Kafka that this process's partitions have not committed; -1 while a group is being joined."""
        watched: set[TopicPartition] = set()
        for subscriber in self._subscribers:
            reader = subscriber.consumer
            assigned = reader.assignment() if reader is not None else set()
            if not assigned:
                return -1
            if assigned != self._assigned.get(id(subscriber)):
                for p in assigned:  # what is handled meanwhile commits more than was asked for here
                    asked = await reader.committed(p) or 0
                    self._committed[p] = max(asked, self._committed.get(p, 0))
                self._assigned[id(subscriber)] = set(assigned)
            watched.update(assigned)
        ends = await self._asker.end_offsets(list(watched))
        total: int = sum(ends[p] - self._committed[p] for p in watched)
        telemetry.CONSUMER_LAG.labels(self.service).set(total)
        return total


async def _unparsed(messages: Any) -> KafkaMessage:
    return KafkaMessage(raw_message=messages, body=[], consumer=FAKE_CONSUMER)  # every header is read once, by us


async def _undecoded(message: Any) -> Any:
    return message.body


def _record(message: Any) -> Record:
    headers = {name: value.decode("utf-8", "replace") for name, value in message.headers}
    key, body = (message.key or b"").decode("utf-8", "replace"), message.value or b""
    return Record(message.topic, message.partition, message.offset, key, headers, body, message.timestamp)
