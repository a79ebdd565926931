"""Reads sent through kill -9, pauses, restarts, a full disk and a cut link: each accepted one is there once, and the
usage is that of a calm run (issue 5, section 5; CB-08, CB-32).

HOSTBOOK_FAULTS=full sends a million reads; otherwise a tenth of them.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.auth import HEADER, Principal, mint
from common.outbox import new_producer
from events.envelope import Envelope
from events.metering import MeterReadingRecorded
from hostbook.engines.stack import Stack
from metering.store.packing import unpacked
from support.metering_house import PERMISSIONS, START, House, as_usage, at
from support.roles import Roles
from support.storm.disk import Disk
from support.storm.link import Link
from support.storm.senders import Senders
from support.storm.split_service import SplitService
from support.storm.strokes import Line, strokes_at

IS_FULL = os.environ.get("HOSTBOOK_FAULTS") == "full"
READS = 1_000_000 if IS_FULL else 100_000
PDUS, OUTLETS, IN_A_POST = 10, 24, 40
PAUSE_S = 7.5 if IS_FULL else 3.0
NAMES = "ABCDEFGHIJ"
ROLES = ("api", "consumer", "relay")


async def opened(service: SplitService, rounds: int) -> tuple[House, list[Any]]:
    """A house of 240 machines, and so many rounds of polls of its PDUs."""
    house = House(service, await service.open_organization(START))
    await house.register(PDUS * OUTLETS)
    for n in range(PDUS):
        await house.plug(NAMES[n], list(house.units[n * OUTLETS : (n + 1) * OUTLETS]))
    polls = []
    for turn in range(rounds):
        for n in range(PDUS):
            energy = [1_000_000 + turn * (220 + outlet) for outlet in range(OUTLETS)]
            polls.append(house.poll(NAMES[n], at(turn / 12), list(energy)))
    return house, polls


def senders(line: Line, house: House, polls: list[Any], port: int) -> Senders:
    token = mint(Principal("key:c", house.organization_id, frozenset(PERMISSIONS)), line.service.private_key)
    posts = [polls[n : n + IN_A_POST] for n in range(0, len(polls), IN_A_POST)]
    return Senders(port, [{HEADER: token}] * 4, posts)


async def storm(line: Line, sending: Senders) -> None:
    """Each fault strikes while polls are being sent; the next one comes when some were taken after it."""
    running = asyncio.create_task(sending.run())
    strokes = strokes_at(line, PAUSE_S)
    for n, (name, strike) in enumerate(strokes.items()):
        await sending.go_on((n + 1.9) / (len(strokes) + 1))
        await sending.reach((n + 0.3) / (len(strokes) + 1))
        begun = asyncio.get_running_loop().time()
        await strike()
        await sending.reach((n + 1) / (len(strokes) + 1))
        print(f"  {name}: {asyncio.get_running_loop().time() - begun:.1f} s", flush=True)
    await sending.go_on(1)
    await running


async def poison(stack: Stack, house: House) -> None:
    """A poll that no database can take, from somebody who did not ask the API."""
    pdu_id = house.pdus[NAMES[0]]
    envelope = Envelope(
        id=uuid4(), type=MeterReadingRecorded.KIND.type, source="test", subject=str(pdu_id), time=at(0),
        organization_id=house.organization_id,
    )  # fmt: skip
    named = [(name, value.encode()) for name, value in envelope.headers().items()]
    body = b'{"pdu_id": "%s", "polled_at": "2025-03-03T07:00:00Z", "energy_wh": [1]}' % str(pdu_id).encode()
    producer = new_producer(stack.address("kafka"))
    await producer.start()
    await producer.send_and_wait("metering.reading", body, key=str(pdu_id).encode(), headers=named)
    await producer.stop()


async def stored(stack: Stack, organization_id: UUID) -> tuple[Counter[Any], list[str]]:
    """How often each poll is there, with its registers; and what was put aside."""
    admin = await asyncpg.connect(stack.database_url("metering", "superuser"))
    try:
        query = "select pdu_id, polled_at, energy_wh from polls where organization_id = $1"
        rows = await admin.fetch(query, organization_id)
        letters = await admin.fetch("select error from dead_letters where organization_id = $1", organization_id)
    finally:
        await admin.close()
    there = Counter((row[0], row[1].isoformat(), tuple(unpacked(row[2]))) for row in rows)
    return there, [row[0] for row in letters]


async def usage(house: House) -> dict[Any, Any]:
    """What was published last of each machine and span, without ids."""
    number = {unit: n for n, unit in enumerate(house.units)}
    gone = {"unit_id", "contract_id", "customer_id", "evidence"}
    return {
        (number[event.unit_id], event.from_at, event.to_at): {k: v for k, v in as_usage(event).items() if k not in gone}
        for event in (await house.standing()).values()
    }


@pytest.mark.timeout(1800)
async def test_every_accepted_read_is_there_once_whatever_breaks(engines_on_a_small_disk: tuple[Stack, Disk]) -> None:
    stack, disk = engines_on_a_small_disk
    service = SplitService(stack, Roles(stack, "metering", ROLES, {}, PUBLISH_DEADLINE_S="3"))
    await service.start()
    link = Link(service.roles.ports["api"])
    await link.mend()
    line = Line(stack, disk, service, link)
    rounds = READS // (PDUS * OUTLETS)
    try:
        calm, polls = await opened(service, rounds)
        quiet = senders(line, calm, polls, service.roles.ports["api"])
        await quiet.go_on(1)
        await quiet.run()

        house, polls = await opened(service, rounds)
        await poison(stack, house)
        await storm(line, senders(line, house, polls, link.port))
        await service.settled(house.organization_id)

        there, letters = await stored(stack, house.organization_id)
        sent = {(house.pdus[p["pdu"]], p["polled_at"], tuple(p["energy_wh"])) for p in polls}
        assert there == Counter(dict.fromkeys(sent, 1))
        assert len(there) == rounds * PDUS
        assert letters == ["BadPoll: 1 registers came for a PDU of 24 outlets"]

        days = max(1, int(rounds / 12 / 24))
        for one in (calm, house):
            await one.advance(days * 24 + 1)
        assert await usage(house) == await usage(calm)
        assert await house.holds(days) == days * PDUS * OUTLETS
    finally:
        await link.cut()
        await service.stop()
