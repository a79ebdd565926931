"""Wakeups: carried out once, in order of their instant, by the organization's clock, and again after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from sqlalchemy import text

from common import organizations, wakeups
from common.app import settlement
from common.clock import wall_now
from common.consuming import Record, apply
from common.db import SYSTEM, Database, Tx
from common.service import running
from common.wakeups import Dispatcher
from events.envelope import Envelope, Event
from events.identity import ClockAdvanced, OrganizationCreated
from support.line import AT
from support.one_service import eventually


class Host:
    """An organization in a database, its clock, and what its jobs did."""

    def __init__(self, database: Database) -> None:
        self.database, self.id = database, uuid4()
        self.done: list[tuple[str, datetime]] = []
        self.failures: list[Exception] = []

    async def hear(self, fact: Event) -> None:
        envelope = Envelope(
            id=uuid4(), type=fact.KIND.type, source="t", subject=fact.key, time=AT, organization_id=self.id
        )
        record = Record(fact.KIND.topic, 0, 0, fact.key, envelope.headers(), fact.model_dump_json().encode())
        assert await apply(self.database, "test", organizations.router.handlers[fact.KIND.type], record) == "handled"

    async def opened(self, clock_at: datetime | None) -> Host:
        created = OrganizationCreated(
            organization_id=self.id, version=1, slug=f"h-{self.id.hex[:8]}", name="Host", timezone="UTC",
            currency="USD", billing_day=1, due_days=15, mode="test" if clock_at else "live", clock_at=clock_at,
        )  # fmt: skip
        await self.hear(created)
        return self

    async def ask(self, name: str, at: datetime) -> None:
        async with self.database.of(self.id) as tx:
            await wakeups.job(tx, self.id, ("note", name), at=at, payload={"name": name})

    async def note(self, _tx: Tx, organization_id: UUID, payload: dict[str, Any], at: datetime) -> None:
        if organization_id != self.id:
            return
        if self.failures:
            raise self.failures.pop()
        self.done.append((payload["name"], at))

    @asynccontextmanager
    async def dispatching(self) -> AsyncIterator[Dispatcher]:
        dispatcher = Dispatcher("test", self.database, None, {"note": self.note})
        async with running(dispatcher.run):
            yield dispatcher

    async def until(self, count: int) -> None:
        async def is_done() -> bool:
            return len(self.done) >= count

        await eventually(is_done)


@pytest_asyncio.fixture
async def host(database: Database) -> AsyncIterator[Host]:
    made = await Host(database).opened(AT)
    yield made
    async with database.transaction(SYSTEM) as tx:
        await tx.execute(text("delete from wakeups"))


async def test_what_falls_due_is_done_in_order_of_its_instant_when_the_clock_gets_there(host: Host) -> None:
    for name, days in (("later", 2), ("first", 1), ("far", 9), ("second", 1)):
        await host.ask(name, AT + timedelta(days=days))
    async with host.dispatching():
        await asyncio.sleep(0.7)
        assert host.done == []
        await host.hear(ClockAdvanced(organization_id=host.id, from_at=AT, to_at=AT + timedelta(days=3)))
        await host.until(3)
        await asyncio.sleep(0.3)
    assert [name for name, _ in host.done] == ["first", "second", "later"]
    assert [at for _, at in host.done] == [AT + timedelta(days=d) for d in (1, 1, 2)]


async def test_two_dispatchers_at_once_do_everything_once(host: Host) -> None:
    for number in range(40):
        await host.ask(f"n{number}", AT)
    async with host.dispatching(), host.dispatching():
        await host.until(40)
        await asyncio.sleep(0.3)
    assert sorted(name for name, _ in host.done) == sorted(f"n{n}" for n in range(40))


async def test_another_dispatcher_takes_over(host: Host) -> None:
    async with host.dispatching():
        async with host.dispatching():
            await host.ask("one", AT)
            await host.until(1)
        await host.ask("two", AT)
        await host.until(2)
    assert len(host.done) == 2


async def test_a_job_that_fails_is_tried_again_and_leaves_nothing_behind(host: Host) -> None:
    host.failures = [ValueError("first"), ConnectionError("second")]
    await host.ask("stubborn", AT)
    async with host.dispatching() as dispatcher:
        await host.until(1)

        async def is_idle() -> bool:
            return (await settlement("test", host.database, None, dispatcher, host.id)).is_idle

        await eventually(is_idle)
    assert host.done == [("stubborn", AT)]


async def test_a_clock_ahead_of_the_wall_is_followed(database: Database) -> None:
    ahead = wall_now() + timedelta(days=900)
    host = await Host(database).opened(ahead)
    await host.ask("one", ahead - timedelta(days=1))
    async with host.dispatching():
        await host.until(1)
    assert host.done == [("one", ahead - timedelta(days=1))]


async def test_a_live_organization_follows_the_wall_clock(database: Database) -> None:
    host = await Host(database).opened(None)
    now = wall_now()
    await host.ask("past", now - timedelta(seconds=5))
    await host.ask("soon", now + timedelta(seconds=1))
    await host.ask("far", now + timedelta(days=1))
    async with host.dispatching():
        await host.until(2)
    assert [name for name, _ in host.done] == ["past", "soon"]


async def test_settled_says_what_is_due_and_what_comes_next(host: Host) -> None:
    await host.ask("now", AT)
    await host.ask("next", AT + timedelta(days=4))
    before = await settlement("test", host.database, None, None, host.id)
    assert (before.open_wakeups, before.is_idle, before.clock_at) == (1, False, AT)
    async with host.dispatching() as dispatcher:
        await host.until(1)
        after = await settlement("test", host.database, None, dispatcher, host.id)
        while not after.is_idle:
            after = await settlement("test", host.database, None, dispatcher, host.id)
    assert (after.open_wakeups, after.next_due_at) == (0, AT + timedelta(days=4))
    assert after.activity > before.activity  # by what others left in this database, too
