"""One service as a real process on the real engines: called with a token of its own, told facts over Kafka."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from common.auth import HEADER, Principal, mint
from common.db import new_id
from common.outbox import new_producer
from events.catalog import EVENTS, TOPICS
from events.envelope import Envelope, Event
from events.identity import ClockAdvanced, OrganizationCreated
from hostbook.engines.stack import Stack


class OneService:
    """`extra` overrides the environment that the stack gives the service."""

    def __init__(self, stack: Stack, name: str, **extra: str) -> None:
        self.name, self._extra = name, extra
        self._environment = {**stack.service_environment(name), **extra}
        self.private_key = stack.service_environment("identity")["TOKEN_PRIVATE_KEY"]
        self._kafka = self._environment["KAFKA_BOOTSTRAP"]
        self.url = f"http://127.0.0.1:{self._environment['PORT']}"
        self.database_url = self._environment["DATABASE_URL"]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when the service says that it is ready; what others told before its first start is passed over."""
        if self._process is None:
            await _from_now_on(self._kafka, self.name)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"{self.name}.main", "all", env={**os.environ, **self._environment}
        )
        async with httpx.AsyncClient(base_url=self.url) as client:
            await eventually(lambda: _is_ready(client), within_s=30)

    async def kill(self) -> None:
        """SIGKILL, then wait until it is gone."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    def client(
        self,
        organization_id: UUID,
        permissions: Iterable[str],
        *,
        customer_id: UUID | None = None,
        site_id: UUID | None = None,
    ) -> Any:
        """An HTTP client signed in for the organization; every POST gets a fresh Idempotency-Key unless it has one."""
        principal = Principal("user:test", organization_id, frozenset(permissions), customer_id, site_id=site_id)

        async def signed(request: httpx.Request) -> None:
            request.headers[HEADER] = mint(principal, self.private_key)
            if request.method == "POST" and "Idempotency-Key" not in request.headers:
                request.headers["Idempotency-Key"] = str(uuid4())

        return httpx.AsyncClient(base_url=self.url, event_hooks={"request": [signed]}, timeout=20)

    async def tell(self, organization_id: UUID, *facts: Event, at: datetime) -> None:
        """Publishes facts of other services, as their relays would."""
        producer = new_producer(self._kafka)
        await producer.start()
        for fact in facts:
            envelope = Envelope(
                id=new_id(), type=fact.KIND.type, source="test", subject=fact.key, time=at,
                organization_id=organization_id,
            )  # fmt: skip
            headers = [(name, text.encode()) for name, text in envelope.headers().items()]
            await producer.send_and_wait(
                fact.KIND.topic, fact.model_dump_json().encode(), key=fact.key.encode(), headers=headers
            )
        await producer.stop()

    async def open_organization(
        self, clock_at: datetime, organization_id: UUID | None = None, **particulars: Any
    ) -> UUID:
        """An organization in test mode that the service knows."""
        organization_id = organization_id or uuid4()
        created = OrganizationCreated(
            organization_id=organization_id, version=1, slug=f"h-{organization_id.hex[:8]}", name="Host",
            timezone="America/Chicago", currency="USD", billing_day=1, due_days=15, mode="test", clock_at=clock_at,
            **particulars,
        )  # fmt: skip
        await self.tell(organization_id, created, at=clock_at)
        await self.settled(organization_id, clock_at=clock_at)
        return organization_id

    async def advance(self, organization_id: UUID, from_at: datetime, to_at: datetime) -> None:
        """Moves the clock and waits until everything that fell due is done."""
        moved = ClockAdvanced(organization_id=organization_id, from_at=from_at, to_at=to_at)
        await self.tell(organization_id, moved, at=to_at)
        await self.settled(organization_id, clock_at=to_at)

    async def settled(self, organization_id: UUID, *, clock_at: datetime | None = None, within_s: float = 20) -> None:
        """Idle twice in a row with the same activity."""
        last = -1

        async def is_settled() -> bool:
            nonlocal last
            async with httpx.AsyncClient(base_url=self.url) as client:
                found = (await client.get("/internal/settle", params={"organization_id": str(organization_id)})).json()
            idle = not (found["unpublished"] or found["consumer_lag"] or found["open_wakeups"])
            there = clock_at is None or (
                found["clock_at"] is not None
                and datetime.fromisoformat(found["clock_at"]).astimezone(UTC) == clock_at.astimezone(UTC)
            )
            same, last = found["activity"] == last, found["activity"]
            return idle and there and same

        await eventually(is_settled, within_s=within_s)

    async def published(self, topic: str, organization_id: UUID) -> list[Event]:
        """Every event of the organization on the topic, from its beginning."""
        reader = AIOKafkaConsumer(topic, bootstrap_servers=self._kafka, auto_offset_reset="earliest")
        await reader.start()
        found: list[tuple[int, Event]] = []
        partitions = list(reader.assignment())
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(p) < ends[p] for p in partitions]):
            for messages in (await reader.getmany(timeout_ms=200)).values():
                for message in messages:
                    envelope = Envelope.of_headers({name: value.decode() for name, value in message.headers})
                    if envelope.organization_id == organization_id:
                        parsed = EVENTS[envelope.type].model_validate_json(message.value)
                        found.append((message.timestamp, parsed))
        await reader.stop()
        return [event for _, event in sorted(found, key=lambda pair: pair[0])]


async def _from_now_on(bootstrap: str, group: str) -> None:
    """A group that has read nothing yet begins at the end of every topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    found = await admin.describe_topics([topic for topic in await admin.list_topics() if topic in TOPICS])
    await admin.close()
    places = [TopicPartition(one["topic"], part["partition"]) for one in found for part in one["partitions"]]
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await reader.start()
    reader.assign(places)
    if places and await reader.committed(places[0]) is None:
        await reader.commit(await reader.end_offsets(places))
    await reader.stop()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False


PATIENCE = 6


async def eventually(is_so: Callable[[], Any], *, within_s: float = 10) -> None:
    """Returns as soon as it is so; fails after `within_s` of an idle machine (a busy one gets several times that)."""
    until = monotonic() + within_s * PATIENCE
    while not await is_so():
        assert monotonic() < until, "it did not come to be so in time"
        await asyncio.sleep(0.05)
