"""The consumer harness: once, in order, poisoned keys aside, transient failures waited out (architecture 4.3, 4.4)."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from common import deadletters
from common.consuming import EventRouter, Poisoned, Record
from common.db import SYSTEM, Database, Tx
from common.errors import RuleBroken, Unavailable
from common.kafka import Consumer
from common.outbox import new_producer
from events.envelope import Envelope
from support.line import AT, Line, Tick
from support.one_service import eventually


class Notes:
    """A handler that notes what it is given, and fails as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.tried: list[tuple[int, float]] = []
        self.failures: dict[tuple[str, int], list[Exception]] = {}

    async def handle(self, _tx: Tx, event: Tick, _envelope: Envelope) -> None:
        self.tried.append((event.number, monotonic()))
        waiting = self.failures.get((event.thing, event.number), [])
        if waiting:
            raise waiting[0] if len(waiting) == 1 and isinstance(waiting[0], RuleBroken) else waiting.pop(0)
        self.seen.append((event.thing, event.number))

    async def until(self, count: int, *, within_s: float = 15) -> None:
        async def is_enough() -> bool:
            return len(self.seen) >= count

        await eventually(is_enough, within_s=within_s)


async def is_idle(consumer: Consumer, line: Line) -> None:
    """All that was told is on its topic and read."""
    await line.all_published()

    async def no_lag() -> bool:
        return await consumer.lag() == 0

    await eventually(no_lag, within_s=20)


async def letters(database: Database, line: Line) -> list[Any]:
    return [r for r in await deadletters.open_letters(database) if r.organization_id == line.id]


async def test_a_fact_that_comes_twice_is_handled_once(line: Line) -> None:
    notes = Notes()
    producer = new_producer(line.bootstrap)
    await producer.start()
    event = line.fact(thing="a", number=1)
    envelope = Envelope(id=uuid4(), type=event.KIND.type, source="t", subject="a", time=AT, organization_id=line.id)
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    for _ in range(3):
        await producer.send_and_wait(line.topic, event.model_dump_json().encode(), key=b"a", headers=headers)
    await producer.stop()
    async with line.consumer(line.router(notes.handle)) as consumer:
        await notes.until(1)
        await is_idle(consumer, line)
    assert notes.seen == [("a", 1)]


async def test_two_consumers_of_one_fact_each_handle_it(line: Line) -> None:
    one, two = Notes(), Notes()
    async with line.relay(), line.consumer(line.router(one.handle)), line.consumer(line.router(two.handle)):
        await line.publish_all(range(3))
        await one.until(3)
        await two.until(3)
    assert one.seen == two.seen == [("a", n) for n in range(3)]


async def test_what_is_not_for_us_is_passed_over(line: Line) -> None:
    notes = Notes()
    producer = new_producer(line.bootstrap)
    await producer.start()
    await producer.send_and_wait(line.topic, b"not an event", headers=[("ce_type", b"other.thing.happened.v1")])
    await producer.send_and_wait(line.topic, b"nor this")
    await producer.stop()
    async with line.relay(), line.consumer(line.router(notes.handle)) as consumer:
        await line.publish_all(range(1))
        await notes.until(1)
        await is_idle(consumer, line)
    assert await letters(line.database, line) == []


async def test_a_poisoned_fact_closes_its_key_and_no_other_until_it_is_replayed_in_order(line: Line) -> None:
    notes, name = Notes(), f"g{uuid4().hex[:8]}"
    notes.failures[("a", 2)] = [RuleBroken("never")]
    router = line.router(notes.handle)
    async with line.relay(), line.consumer(router, name) as consumer:
        for number in range(1, 5):
            for thing in ("a", "b"):
                await line.publish_all(range(number, number + 1), thing)
        await notes.until(5)
        await is_idle(consumer, line)
        assert sorted(notes.seen) == [("a", 1), *(("b", n) for n in range(1, 5))]
        kept = await letters(line.database, line)
        assert [r.error.split(" ")[0] for r in kept] == ["RuleBroken:", "waits", "waits"]
        assert (await deadletters.replay(line.database, router, key="a"))[0] == 0
        notes.failures.clear()
        assert (await deadletters.command(line.database, router, ["replay", "a"])).startswith("3 replayed")
        assert [n for thing, n in notes.seen if thing == "a"] == [1, 2, 3, 4]
        await line.publish_all(range(5, 6))
        await notes.until(9)
    assert await letters(line.database, line) == []


async def test_a_dropped_fact_lets_the_others_go_on(line: Line) -> None:
    notes = Notes()
    notes.failures[("a", 1)] = [RuleBroken("never")]
    router = line.router(notes.handle)
    async with line.relay(), line.consumer(router) as consumer:
        await line.publish_all(range(1, 3))
        await is_idle(consumer, line)
        listed = await deadletters.command(line.database, router, ["list"])
        first, second = await letters(line.database, line)
        assert str(first.id) in listed
        assert (await deadletters.command(line.database, router, ["drop", str(first.id)])).startswith("usage")
        dropped = await deadletters.command(line.database, router, ["drop", str(first.id), "sent", "by", "mistake"])
        assert dropped == f"{first.id} dropped"
        assert (await deadletters.replay(line.database, router, key="a"))[0] == 1
    assert notes.seen == [("a", 2)]
    async with line.database.transaction(SYSTEM) as tx:
        kept = (await tx.execute(text("select state, error from dead_letters where id = :id"), {"id": first.id})).one()
    assert (kept.state, kept.error) == ("dropped", "dropped: sent by mistake")
    assert second.id != first.id


async def test_a_body_that_cannot_be_read_is_quarantined_with_its_reason(line: Line) -> None:
    notes = Notes()
    producer = new_producer(line.bootstrap)
    await producer.start()
    kind = line.fact.KIND.type.encode()
    broken = [("ce_type", kind), ("ce_id", b"no uuid"), ("ce_organizationid", str(line.id).encode())]
    await producer.send_and_wait(line.topic, b"{}", key=b"x", headers=broken)
    await producer.send_and_wait(line.topic, b"{}", key=b"y", headers=[("ce_type", kind)])
    await producer.stop()
    async with line.consumer(line.router(notes.handle)) as consumer:
        await is_idle(consumer, line)
    (kept,) = await letters(line.database, line)
    assert (kept.key, kept.error.split(":")[0]) == ("x", "ValidationError")
    await deadletters.drop(line.database, kept.id, "test")


async def test_a_passing_failure_is_waited_out_in_order_with_growing_pauses(line: Line) -> None:
    notes = Notes()
    notes.failures[("a", 1)] = [Unavailable("not now"), ConnectionError("cut"), TimeoutError("late")]
    async with line.relay(), line.consumer(line.router(notes.handle)):
        await line.publish_all(range(4))
        await notes.until(4)
    assert notes.seen == [("a", n) for n in range(4)]
    at = [instant for number, instant in notes.tried if number == 1]
    pauses = [after - before for before, after in pairwise(at)]
    assert len(pauses) == 3
    assert pauses[0] >= 0.15
    assert pauses[2] >= 0.75
    assert await letters(line.database, line) == []


async def test_other_partitions_flow_on_while_one_is_paused(line: Line) -> None:
    notes = Notes()
    await line.opened()
    wide = await Line(line.database, line.bootstrap, id=line.id).opened(partitions=4)
    things = [f"thing-{n}" for n in range(8)]
    notes.failures[(things[0], 0)] = [Unavailable("not now")] * 4  # some three seconds in all
    async with wide.relay(), wide.consumer(wide.router(notes.handle)):
        for thing in things:
            await wide.publish_all(range(2), thing)
        await notes.until(16, within_s=25)
    late = notes.seen.index((things[0], 0))
    assert late > 4
    assert all([n for t, n in notes.seen if t == thing] == [0, 1] for thing in things)


async def test_a_handler_that_fails_leaves_nothing_behind(line: Line) -> None:
    async def half(tx: Tx, event: Tick, envelope: Envelope) -> None:
        insert = "insert into idempotency_keys (organization_id, subject, key, request_hash) values (:o, 's', :k, 'h')"
        await tx.execute(text(insert), {"o": envelope.organization_id, "k": str(event.number)})
        raise RuleBroken("after the write")

    async with line.relay(), line.consumer(line.router(half)) as consumer:
        await line.publish_all(range(1))
        await is_idle(consumer, line)
    async with line.database.of(line.id) as tx:
        assert (await tx.execute(text("select count(*) from idempotency_keys"))).scalar() == 0
        assert (await tx.execute(text("select count(*) from inbox"))).scalar() == 0


@pytest.mark.parametrize("error", [ValueError("nobody foresaw this"), Unavailable("not now")])
async def test_a_batch_that_fails_is_read_again_and_nothing_is_skipped(line: Line, error: Exception) -> None:
    failures, seen = [error, error], list[int]()
    router = EventRouter()

    @router.on_batch(line.topic)
    async def batch(records: list[Record]) -> None:
        if failures:
            raise failures.pop()
        seen.extend(line.fact.model_validate_json(r.body).number for r in records)

    async with line.relay(), line.consumer(router) as consumer:
        await line.publish_all(range(6))
        await is_idle(consumer, line)
    assert seen == list(range(6))


async def test_a_batch_names_its_poisoned_records_and_goes_on(line: Line) -> None:
    router, mended = EventRouter(), False

    @router.on_batch(line.topic)
    async def batch(records: list[Record]) -> None:
        bad = [r for r in records if line.fact.model_validate_json(r.body).number == 1 and not mended]
        if bad:
            raise Poisoned([(r, "cannot be") for r in bad])

    async with line.relay(), line.consumer(router) as consumer:
        await line.publish_all(range(3))
        await is_idle(consumer, line)
    (kept,) = await letters(line.database, line)
    assert kept.error == "cannot be"
    mended = True
    assert (await deadletters.replay(line.database, router, key="a"))[0] == 1


async def test_a_stopped_consumer_goes_on_where_it_was(line: Line) -> None:
    notes, name = Notes(), f"g{uuid4().hex[:8]}"
    async with line.relay():
        async with line.consumer(line.router(notes.handle), name):
            await line.publish_all(range(3))
            await notes.until(3)
        await line.publish_all(range(3, 6))
        async with line.consumer(line.router(notes.handle), name):
            await notes.until(6)
    assert notes.seen == [("a", n) for n in range(6)]
    await asyncio.sleep(0)
