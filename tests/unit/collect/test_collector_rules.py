"""Positions, pauses, slots, scans and answers: the collector's rules without a device (CB-32, CM-29; issue 5)."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import httpx
import pytest

from hostbook.collect.breaker import Breaker, Stand
from hostbook.collect.clock import now
from hostbook.collect.driver import Failure, MinerRead, MinerStatus, OutletRead, PduPoll, Trouble
from hostbook.collect.ending import end
from hostbook.collect.placing import learnt, placed
from hostbook.collect.registered import Registered, refitted
from hostbook.collect.rounds import Rounds
from hostbook.collect.scans import Scan, part_of
from hostbook.collect.schedule import offset_of, slot_after
from hostbook.collect.spool.store import Entry, Kind
from hostbook.collect.uplink import Later, Part, Taken, TooLarge, Wrong, outcome_of

AT = datetime(2025, 3, 1, 0, 0, 30, tzinfo=UTC)


def _poll(*outlets: OutletRead) -> PduPoll:
    return PduPoll("1", AT, AT + timedelta(seconds=2), outlets, Fraction(1), Fraction(2**32))


def test_an_outlet_keeps_its_position_when_others_are_missing_or_new() -> None:
    first = _poll(OutletRead("1", 1, energy_wh=10), OutletRead("2", 2, energy_wh=20), OutletRead("3", 3, energy_wh=30))
    places = learnt(first, {})
    later = _poll(OutletRead("3", 2, energy_wh=31), OutletRead("9", 2, energy_wh=90))
    places |= learnt(later, places)
    assert places == {("1", "1"): 1, ("1", "2"): 2, ("1", "3"): 3, ("1", "9"): 4}
    body = json.loads(placed("PDU-A", later, places, 5).body)
    assert body["energy_wh"] == [None, None, 31, 90, None]
    assert body["polled_at"] == "2025-03-01T00:00:31Z"


def test_outlets_beyond_those_registered_are_left_out_and_told() -> None:
    poll = _poll(*(OutletRead(str(n), n, energy_wh=n, power_w=n) for n in range(1, 4)))
    done = placed("PDU-A", poll, learnt(poll, {}), 2)
    assert json.loads(done.body)["power_w"] == [1, 2]
    assert done.beyond == (3,)


def test_a_refused_poll_is_made_as_long_as_its_pdu_is_registered_now() -> None:
    poll = _poll(*(OutletRead(str(n), n, energy_wh=n) for n in range(1, 4)))
    registered = Registered({"PDU-A": {"outlet_count": 5}, "PDU-B": {"outlet_count": 2}})
    body = placed("PDU-A", poll, learnt(poll, {}), None).body
    longer = refitted(Entry(Kind.POLL, "PDU-A", AT, body), registered)
    assert json.loads(longer)["energy_wh"] == [1, 2, 3, None, None]
    assert json.loads(refitted(Entry(Kind.POLL, "PDU-B", AT, body), registered))["power_w"] == [None, None]
    assert refitted(Entry(Kind.SCAN, "PDU-A", AT, body), registered) == body


def test_a_breaker_opens_after_some_failures_pauses_longer_each_time_and_closes_with_one_answer() -> None:
    breaker = Breaker(silent_after=2, pause_s=60, longest_pause_s=200)
    breaker.failed(0)
    assert breaker.stand(0) is Stand.CLOSED
    breaker.failed(60)
    assert [breaker.stand(at) for at in (60, 119, 120)] == [Stand.OPEN, Stand.OPEN, Stand.HALF_OPEN]
    for began, until in ((120, 240), (240, 440), (440, 640)):
        breaker.failed(began)
        assert (breaker.stand(until - 1), breaker.stand(until)) == (Stand.OPEN, Stand.HALF_OPEN)
    breaker.answered()
    assert breaker.stand(640) is Stand.CLOSED


def test_slots_lie_on_multiples_of_the_interval_and_devices_a_little_after_them() -> None:
    assert slot_after(AT, 60) == datetime(2025, 3, 1, 0, 1, tzinfo=UTC)
    assert slot_after(slot_after(AT, 300), 300) == datetime(2025, 3, 1, 0, 10, tzinfo=UTC)
    offsets = {offset_of(f"PDU-{n}", 5, 60) for n in range(100)}
    assert len(offsets) > 90
    assert all(timedelta() <= offset < timedelta(seconds=5) for offset in offsets)
    assert offset_of("PDU-1", 60, 10) < timedelta(seconds=5)
    assert offset_of("PDU-1", 0, 60) == timedelta()


def _miner(ths: Fraction | None, status: MinerStatus = MinerStatus.HASHING, warm: int | None = None) -> MinerRead:
    return MinerRead(AT, status, ths, temperature_c=Fraction(warm) if warm is not None else None)


SILENT = Failure(Trouble.SILENT, "did not answer", "look")


def test_a_scan_says_what_miners_said_and_silence_is_offline_while_others_answer() -> None:
    answers: dict[str, MinerRead | Failure] = {
        "A": _miner(Fraction(2003, 10), warm=71),
        "B": SILENT,
        "C": _miner(None, MinerStatus.ONLINE),
    }
    body = json.loads(Scan("AMA-1", AT, 60, answers).body(temperatures=True) or b"")
    assert body["miners"] == {"A": ["200.3", "hashing"], "B": ["0", "offline"], "C": ["0", "online"]}
    assert body["temperatures_c"] == {"A": "71"}


def test_where_nobody_answers_the_time_stays_unknown() -> None:
    assert Scan("AMA-1", AT, 60, {"A": SILENT, "B": SILENT}).body(temperatures=True) is None


def test_a_miner_that_denies_us_is_neither_offline_nor_known() -> None:
    denied = Failure(Trouble.DENIED, "access denied", "allow it")
    body = json.loads(Scan("AMA-1", AT, 60, {"A": denied, "B": SILENT}).body(temperatures=False) or b"")
    assert body["miners"] == {"B": ["0", "offline"]}


def test_of_a_partly_refused_scan_the_refused_miner_is_kept() -> None:
    scan = Scan("AMA-1", AT, 60, {"a.b": _miner(Fraction(1), warm=60), "B": _miner(Fraction(2))}).body(
        temperatures=True
    )
    assert scan
    part = json.loads(part_of(scan, "miners.a.b") or b"")
    assert (part["miners"], part["temperatures_c"]) == ({"a.b": ["1", "hashing"]}, {"a.b": "60"})
    assert part_of(scan, "site") is None


async def test_a_task_that_loses_a_cancellation_ends_all_the_same() -> None:
    lost = []

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost.append(1)
                if len(lost) > 1:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end([task])
    assert (task.cancelled(), len(lost)) == (True, 2)


async def test_rounds_that_have_to_go_finish_what_is_under_way_and_hand_on_the_slot_that_came_meanwhile() -> None:
    began, may_end = asyncio.Event(), asyncio.Event()
    done: list[object] = []

    async def slow(slot: datetime) -> None:
        began.set()
        await may_end.wait()
        done.append("slow")

    async def quick(slot: datetime) -> None:
        done.append(slot)

    first = Rounds(lambda: now(), slow)
    await began.wait()
    first.leave()
    slot = now() + timedelta(milliseconds=20)
    slots = iter([slot, slot + timedelta(days=1)])
    second = Rounds(lambda: next(slots), quick, first)
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.wait([first.task])
    await asyncio.sleep(0)
    _be_busy(0.03)  # the slot comes while this process is at work on the change
    second.leave()
    third = Rounds(lambda: slot + timedelta(days=1), quick, second)
    await asyncio.wait([second.task])
    await asyncio.sleep(0.01)
    third.leave()
    assert done == ["slow", slot]
    await asyncio.wait([third.task])


def _be_busy(seconds: float) -> None:
    time.sleep(seconds)


def _answer(status: int, content: object = None, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        httpx.Response(status, json=content, headers=names)
        if content is not None
        else httpx.Response(status, headers=names)
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (_answer(202, {"accepted": 2, "refused": []}), Taken()),
        (
            _answer(202, {"accepted": 1, "refused": [{"index": 1, "field": "pdu", "reason": "no", "remedy": "so"}]}),
            Taken((Part(1, "pdu", "no", "so"),)),
        ),
        (_answer(202, {"accepted": 1}), Later("202 without the list of what was refused")),
        (_answer(413, {"detail": "too large"}), TooLarge()),
        (
            _answer(422, {"detail": "bad", "errors": [{"field": "polls", "message": "m", "remedy": "r"}]}),
            Wrong("polls", "m", "r"),
        ),
        (
            _answer(202, {"refused": [{"index": 4, "field": "f", "reason": "r", "remedy": "m"}]}),
            Later("202 about an entry that was not sent"),
        ),
        (_answer(400), Later("400 Bad Request")),
        (_answer(429, {"title": "slow"}, Retry_After="7"), Later("429 slow", 7)),
        (_answer(503, None, Retry_After="Sat, 01 Mar 2008 00:00:00 GMT"), Later("503 Service Unavailable", 0)),
        (_answer(401, {"detail": "no key"}), Later("401 no key")),
        (_answer(404), Later("404 Not Found")),
        (_answer(500), Later("500 Internal Server Error")),
    ],
)
def test_only_an_answer_for_each_entry_lets_it_go(answer: httpx.Response, outcome: object) -> None:
    assert outcome_of(answer, 4) == outcome
