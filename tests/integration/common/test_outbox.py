"""The relay loses nothing and keeps the order, whatever happens to it; and it is quick (architecture 4.2)."""

from __future__ import annotations

import asyncio
from time import perf_counter

import asyncpg
import pytest

from common.service import running
from support.engines import DatabaseUrls
from support.line import Line
from support.one_service import eventually


async def _changes_its_mind(line: Line) -> None:
    async with line.database.of(line.id) as tx:
        await line.publish(tx, 99)
        raise ZeroDivisionError


async def test_what_is_committed_is_sent_in_order_and_what_is_rolled_back_never(line: Line) -> None:
    async with line.relay():
        await line.publish_all(range(20))
        with pytest.raises(ZeroDivisionError):
            await _changes_its_mind(line)
        await line.publish_all(range(20, 25))
        assert [number for _, number in await line.sent(25)] == list(range(25))
        await line.all_published()


async def test_an_open_transaction_is_never_overtaken(line: Line) -> None:
    """A sequence number is taken at insert: the later one that commits first has to wait for the earlier one."""
    async with line.relay():
        async with line.database.of(line.id) as slow:
            await line.publish(slow, 1)
            await line.publish_all(range(2, 3))
            await asyncio.sleep(0.7)
            assert await line.unpublished() == 1
            await line.publish(slow, 3)
        assert [number for _, number in await line.sent(3)] == [1, 2, 3]


async def test_killed_between_send_and_mark_it_sends_again_in_order(line: Line, urls: DatabaseUrls) -> None:
    await line.publish_all(range(5))
    superuser = await asyncpg.connect(urls.superuser)
    holder = await asyncpg.connect(urls.superuser)
    try:
        async with line.relay():
            async with holder.transaction():
                await holder.execute("lock table outbox in exclusive mode")  # reading goes on, marking waits
                first = await line.sent(5)
                waiting = "select pid from pg_locks where not granted and relation = 'outbox'::regclass"
                pid = None
                while pid is None:
                    pid = await superuser.fetchval(waiting)
                await superuser.execute("select pg_terminate_backend($1)", pid)
            sent = await line.sent(10)
            await line.all_published()
    finally:
        await holder.close()
        await superuser.close()
    assert sent == [*first, *first]
    assert [number for _, number in first] == list(range(5))


async def test_of_two_relays_one_works_and_the_other_takes_over(line: Line) -> None:
    async with line.relay():
        async with line.relay():
            await line.publish_all(range(10))
            assert [n for _, n in await line.sent(10)] == list(range(10))
        await line.publish_all(range(10, 15))
        await line.all_published()
    assert len(await line.sent(15)) == 15


async def test_it_is_woken_by_the_commit_not_by_its_next_look(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.outbox._POLL_S", 60)
    async with line.relay():
        await line.publish_all(range(1))
        await line.all_published()
        await asyncio.sleep(0.3)
        started = perf_counter()
        await line.publish_all(range(1, 2))
        await line.all_published()
        assert perf_counter() - started < 5


async def test_it_connects_again_when_its_connection_is_cut(line: Line, urls: DatabaseUrls) -> None:
    superuser = await asyncpg.connect(urls.superuser)
    async with line.relay():
        await line.publish_all(range(3))
        await line.all_published()
        cut = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and objid = 7402"
        assert await superuser.fetchval(cut) >= 1
        await line.publish_all(range(3, 6))
        await line.all_published()
    await superuser.close()
    assert [number for _, number in await line.sent(6)] == list(range(6))


async def test_many_writers_at_once_keep_each_keys_order(line: Line) -> None:
    async def write(thing: str) -> None:
        await line.publish_all(range(15), thing)

    seen: dict[str, list[int]] = {}

    async def note(_tx: object, event: object, _envelope: object) -> None:
        seen.setdefault(event.thing, []).append(event.number)  # type: ignore[attr-defined]

    async def is_all() -> bool:
        return sum(map(len, seen.values())) >= 90

    async with line.relay(), line.consumer(line.router(note)):
        await asyncio.gather(*(write(f"thing-{n}") for n in range(6)))
        await eventually(is_all, within_s=20)
    assert seen == {f"thing-{n}": list(range(15)) for n in range(6)}


async def test_a_loop_that_is_cancelled_stops(line: Line) -> None:
    stopped = asyncio.Event()

    async def loop() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    async with running(loop):
        await asyncio.sleep(0)
    assert stopped.is_set()
    assert line.topic
