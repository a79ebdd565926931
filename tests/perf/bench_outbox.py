"""From commit to consumer on an idle line, against Kafka alone in the same run (issue 3, section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any, NamedTuple
from uuid import uuid4

from aiokafka import AIOKafkaConsumer

from common import migrations
from common.db import Database, Tx
from common.kafka import Consumer, ensure_topics
from common.outbox import new_producer
from customers.store.tables import metadata
from events.envelope import Envelope
from hostbook.engines.stack import Stack
from support.engines import Databases, session_folder
from support.line import Line
from support.one_service import eventually

MUST_MS = 300
COUNT = 300
APART_S = 0.02


class Figure(NamedTuple):
    """A measured value, the limit measured in the same run, their quotient, and the most that is accepted (below 0)."""

    name: str
    value: float
    limit: float
    ratio: float
    must: float


def p99_ms(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99) - 1] * 1000


def has_joined(consumer: Consumer) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return await consumer.lag() >= 0

    return ask


async def through_the_outbox(line: Line) -> list[float]:
    """Seconds from each commit to its handler."""
    committed_at: dict[int, float] = {}
    handled_at: dict[int, float] = {}
    done = asyncio.Event()

    async def note(_tx: Tx, event: Any, _envelope: Envelope) -> None:
        handled_at[event.number] = perf_counter()
        if len(handled_at) == COUNT:
            done.set()

    async with line.relay(), line.consumer(line.router(note)) as consumer:
        await eventually(has_joined(consumer))
        for number in range(COUNT):
            async with line.database.of(line.id) as tx:
                await line.publish(tx, number)
            committed_at[number] = perf_counter()
            await asyncio.sleep(APART_S)
        await asyncio.wait_for(done.wait(), 60)
    return [handled_at[n] - committed_at[n] for n in range(COUNT)]


async def kafka_alone(bootstrap: str) -> list[float]:
    """Seconds from each send to its arrival, with one producer and one consumer and nothing else."""
    topic, sent_at, seconds = f"bare{uuid4().hex[:8]}", list[float](), list[float]()
    await ensure_topics(bootstrap, [topic], partitions=1)
    producer = new_producer(bootstrap)
    await producer.start()
    await producer.send_and_wait(topic, b"first")
    reader = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await reader.start()
    await reader.getone()

    async def receive() -> None:
        for number in range(COUNT):
            await reader.getone()
            seconds.append(perf_counter() - sent_at[number])

    receiving = asyncio.create_task(receive())
    for _ in range(COUNT):
        sent_at.append(perf_counter())
        await producer.send(topic, b"x" * 400)
        await asyncio.sleep(APART_S)
    await receiving
    await reader.stop()
    await producer.stop()
    return seconds


async def measured(stack: Stack) -> tuple[float, float]:
    urls = Databases(stack).new("customers")
    await migrations.upgrade(urls.owner, "customers", metadata, "customers_app")
    database = Database(urls.app)
    line = await Line(database, stack.address("kafka")).opened()
    outbox = p99_ms(await through_the_outbox(line))
    bare = p99_ms(await kafka_alone(stack.address("kafka")))
    await database.close()
    return outbox, bare


def bench() -> Iterator[Figure]:
    with session_folder() as folder, Stack(folder, parts=("postgres", "kafka"), durable=True) as stack:
        outbox, bare = asyncio.run(measured(stack))
    yield Figure("commit to consumer, p99 in ms (limit: Kafka alone)", outbox, bare, outbox / bare, -MUST_MS)
