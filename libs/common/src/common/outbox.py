"""Outbox: the only way to publish. A row in the same transaction as the state, one relay per service to send it.

The relay holds an advisory lock on a direct connection, is woken by NOTIFY, and reads unpublished rows in sequence
order, but only those older than every open transaction: a sequence number is taken at insert, not at commit.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer

from common import telemetry
from common.db import Tx, go_rounds, new_id, sql
from events.envelope import Envelope, Event

_INSERT = sql("add_event")
_UNPUBLISHED = sql("unpublished").text
_MARK = "update outbox set published_at = clock_timestamp() where seq = any($1::bigint[])"
_OLD = "delete from outbox where published_at < now() - interval '2 days'"
_LOCK, _SEND_DEADLINE_S, _POLL_S = 7402, 30, 1


async def publish(tx: Tx, organization_id: UUID, event: Event, *, at: datetime, source: str) -> UUID:
    """Add an event to the outbox of this transaction; `at` is the business instant of the fact. Answers its id."""
    return (await publish_all(tx, organization_id, [event], at=at, source=source))[0]


async def publish_all(
    tx: Tx, organization_id: UUID, events: Sequence[Event], *, at: datetime, source: str
) -> list[UUID]:
    """As `publish`, for many facts of one instant at once, in their order."""
    rows = rows_of(organization_id, events, at=at, source=source)
    if rows:
        await tx.execute(_INSERT, rows)
    return [row["id"] for row in rows]


def rows_of(organization_id: UUID, events: Sequence[Event], *, at: datetime, source: str) -> list[dict[str, Any]]:
    """What `publish_all` writes, for a store that writes it in one statement with its own rows, and notifies."""
    trace, rows = telemetry.inject(), []
    for event in events:
        kind, key = event.KIND, event.key
        envelope = Envelope(
            id=new_id(), type=kind.type, source=source, subject=key, time=at, organization_id=organization_id,
            traceparent=trace.get("traceparent"), tracestate=trace.get("tracestate"),
        )  # fmt: skip
        row = {"id": envelope.id, "organization": organization_id, "topic": kind.topic, "key": key}
        headers, body = orjson.dumps(envelope.headers()).decode(), event.model_dump_json().encode()
        rows.append(row | {"headers": headers, "body": body})
    return rows


def new_producer(bootstrap: str, **options: object) -> AIOKafkaProducer:
    """A producer that loses nothing: idempotent, acks from all replicas."""
    return AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0, **options)


class Relay:
    """Moves committed outbox rows to Kafka, in order, at least once. One is active per service; others wait."""

    def __init__(self, service: str, database_url: str, bootstrap: str) -> None:
        self._service, self._url, self._bootstrap = service, database_url, bootstrap
        self._idle_rounds = count()

    async def run(self) -> None:
        """Relay until cancelled, or a connection is lost."""
        producer = new_producer(self._bootstrap)
        turn, begin = lambda c: self._drain(c, producer), lambda _: producer.start()
        try:
            await go_rounds(self._url, "outbox", turn, _POLL_S, lock=_LOCK, begin=begin)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 5)

    async def _drain(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        rows = await connection.fetch(_UNPUBLISHED)
        if not rows:
            pending = await connection.fetchval("select count(*) from outbox where published_at is null")
            telemetry.OUTBOX_PENDING.labels(self._service).set(pending)
            if pending:
                await asyncio.sleep(0.01)
            elif next(self._idle_rounds) % 600 == 0:
                await connection.execute(_OLD)
            return int(pending)
        sent = []
        for row in rows:
            headers = orjson.loads(row["headers"])
            about = {"messaging__destination": row["topic"], "event__type": headers["ce_type"]}
            with telemetry.span("publish", headers, **about):
                pairs = [(name, str(value).encode()) for name, value in (headers | telemetry.inject()).items()]
                sent.append(await producer.send(row["topic"], row["body"], key=row["key"].encode(), headers=pairs))
        await asyncio.wait_for(asyncio.gather(*sent), _SEND_DEADLINE_S)
        await connection.execute(_MARK, [row["seq"] for row in rows])
        telemetry.PUBLISHED.labels(self._service).inc(len(rows))
        return len(rows)
