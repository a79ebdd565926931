"""The spool keeps everything until it is answered for, and wastes neither time nor disk (issue 5, section 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hostbook.collect.config import Gateway, Limits
from hostbook.collect.sender import Sender
from hostbook.collect.spool.door import Door, SpoolTaken
from hostbook.collect.spool.store import MOST_REFUSED, Entry, Kind, Refusal, Spool
from hostbook.collect.uplink import Taken, Uplink
from support.pdus import eventually

AT = datetime(2025, 3, 1, tzinfo=UTC)


def _entries(count: int, size: int = 100) -> list[Entry]:
    return [Entry(Kind.POLL, f"PDU-{i % 20}", AT + timedelta(minutes=i), b"x" * size) for i in range(count)]


def test_what_was_put_is_there_after_a_restart_in_its_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.put(_entries(3))
    spool.close()
    again = Spool(tmp_path / "spool.db")
    assert [waiting.entry for waiting in again.batch(Kind.POLL, 10, 10_000)] == _entries(3)


def test_a_batch_is_bounded_in_number_and_in_size_but_never_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.put(_entries(10))
    assert len(spool.batch(Kind.POLL, 4, 10_000)) == 4
    assert len(spool.batch(Kind.POLL, 100, 350)) == 3
    assert len(spool.batch(Kind.POLL, 100, 1)) == 1
    assert spool.batch(Kind.SCAN, 100, 10_000) == []


def test_what_was_answered_leaves_and_what_was_refused_stays_with_its_reason(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.put(_entries(3))
    batch = spool.batch(Kind.POLL, 2, 10_000)
    spool.settle(batch, [Refusal(batch[1].id, "pdu", "There is no PDU.", "register it")], AT)
    assert spool.depth().waiting == 1
    (refused,) = spool.refused(10)
    assert (refused.entry, refused.field, refused.reason) == (_entries(3)[1], "pdu", "There is no PDU.")
    assert spool.send_again(lambda entry: entry.body + b"!") == 1
    assert spool.batch(Kind.POLL, 10, 10_000)[-1].entry.body == refused.entry.body + b"!"
    assert (spool.depth().waiting, spool.depth().refused) == (2, 0)


def test_refused_entries_are_many_but_not_without_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    rows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)"
    insert = "insert into refused select i, 'poll', 'd', ?, x'00', 'pdu', 'r', '', ? from n"
    spool._db.execute(f"{rows} {insert}", (MOST_REFUSED + 10, AT.isoformat(), AT.isoformat()))
    spool.put(_entries(1))
    spool.settle(spool.batch(Kind.POLL, 1, 1), [], AT)
    assert spool.depth().refused == MOST_REFUSED


def test_a_week_of_polls_of_twenty_pdus_fits_in_little_disk_and_the_disk_is_given_back(tmp_path: Path) -> None:
    """20 PDUs x 24 outlets x 1 poll a minute for twenty hours; 450 bytes a poll. A week takes about 105 MB."""
    spool = Spool(tmp_path / "spool.db")
    for _ in range(20):
        spool.put(_entries(1200, 450))
    full = spool.depth().size
    assert full < 24_000 * 800
    while batch := spool.batch(Kind.POLL, 500, 10**6):
        spool.settle(batch, [], AT)
    assert spool.depth().waiting == 0
    assert spool.depth().size < full / 2


async def test_puts_that_come_together_are_committed_together_and_return_when_on_disk(tmp_path: Path) -> None:
    async with Door(tmp_path / "spool.db") as door:
        await asyncio.gather(*(door.put([entry]) for entry in _entries(50)))
        assert len(await door.ask(lambda spool: spool.batch(Kind.POLL, 100, 10**6))) == 50
        assert not door.held
        assert door.arrived[Kind.POLL].is_set()
        assert not door.arrived[Kind.SCAN].is_set()


async def test_two_collectors_do_not_share_a_spool(tmp_path: Path) -> None:
    async with Door(tmp_path / "spool.db"):
        with pytest.raises(SpoolTaken):
            await Door(tmp_path / "spool.db").__aenter__()
    async with Door(tmp_path / "spool.db"):
        pass


async def test_while_the_disk_refuses_reads_wait_in_memory_and_are_written_when_it_takes_them(tmp_path: Path) -> None:
    async with Door(tmp_path / "spool.db") as door:
        await door.ask(lambda spool: spool._db.execute("pragma max_page_count = 1"))
        await door.put(_entries(200, 5000))
        assert len(door.held) == 200
        await door.ask(lambda spool: spool._db.execute("pragma max_page_count = 1000000"))
        await door.put(_entries(1))
        assert not door.held
        assert (await door.ask(lambda spool: spool.depth())).waiting == 201


def test_a_replaced_pdu_is_learnt_anew_and_no_other_with_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    for device in ("PDU_A", "PDU-A"):
        spool.learn(device, {("1", "o1"): 1})
        spool.remember(f"unit/{device}", "1")
        spool.remember(f"serial/{device}/1", "S1")
    spool.forget_places("PDU_A")
    names = ("unit/PDU_A", "serial/PDU_A/1", "unit/PDU-A", "serial/PDU-A/1")
    assert [spool.remembered(name) for name in names] == [None, None, "1", "S1"]
    assert (spool.places("PDU_A"), spool.places("PDU-A")) == ({}, {("1", "o1"): 1})


async def test_a_full_disk_ends_no_sender_and_what_was_sent_is_settled_once_it_has_room(tmp_path: Path) -> None:
    async with Door(tmp_path / "spool.db") as door, Uplink(Gateway(url="http://127.0.0.1:9"), "key") as uplink:
        await door.put(_entries(1, 200_000))
        sender = Sender(Kind.POLL, door, uplink, Limits(retry_s=1))
        await door.ask(lambda spool: spool._db.execute("pragma query_only = on"))  # as a disk that takes nothing
        uplink.post = _takes_all  # type: ignore[method-assign]
        running = asyncio.create_task(sender.run())
        await eventually(lambda: "spool refuses" in str(sender.sent.trouble))
        await door.ask(lambda spool: spool._db.execute("pragma query_only = off"))
        await eventually(lambda: sender.sent.taken == 1)
        assert (running.done(), sender.sent.trouble) == (False, None)
        running.cancel()
        await asyncio.wait([running])


async def _takes_all(kind: Kind, bodies: Sequence[bytes]) -> Taken:
    return Taken()
