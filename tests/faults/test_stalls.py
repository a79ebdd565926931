"""When the database or Kafka stands still, collectors are told to come again; nothing grows, nothing accepted is lost.

(Issue 5, section 4: bounded queues.)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from hostbook.engines.stack import Stack
from support.metering_house import START, House, at
from support.roles import Roles
from support.storm.disk import Disk
from support.storm.split_service import SplitService

OUTLETS, IN_A_POST = 48, 250
MOST_BEHIND, MOST_MB = 2_000, 300
LIMITS = {
    "PUBLISH_DEADLINE_S": "2",
    "PUBLISH_MOST_BEHIND": str(MOST_BEHIND),
    "PUBLISH_WAITING_BYTES": str(1 << 20),
    "IN_HAND_BYTES": str(2 << 20),
}


@pytest.fixture(scope="module")
async def service(engines_on_a_small_disk: tuple[Stack, Disk]) -> AsyncIterator[SplitService]:
    stack, _ = engines_on_a_small_disk
    one = SplitService(stack, Roles(stack, "metering", ("api", "consumer", "relay"), {}, **LIMITS))
    await one.start()
    yield one
    await one.stop()


async def a_house(service: SplitService) -> House:
    house = House(service, await service.open_organization(START))
    await house.register(OUTLETS)
    await house.plug("P", list(house.units))
    return house


def posts(house: House, count: int) -> list[bytes]:
    """Bodies of 250 polls each, one after the other in time."""
    found = []
    for number in range(count):
        turns = range(number * IN_A_POST, (number + 1) * IN_A_POST)
        polls = [house.poll("P", at(turn / 60), [10**6 + 9 * turn] * OUTLETS) for turn in turns]
        found.append(json.dumps({"polls": polls}).encode())
    return found


async def send(client: httpx.AsyncClient, body: bytes) -> int:
    """The status; a refusal must say when to come again."""
    answer = await client.post("/v1/readings", content=body)
    assert answer.status_code == 202 or answer.headers["Retry-After"] == "2", answer.text
    return answer.status_code


async def stored(stack: Stack, house: House) -> int:
    admin = await asyncpg.connect(stack.database_url("metering", "superuser"))
    count: int = await admin.fetchval("select count(*) from polls where organization_id = $1", house.organization_id)
    await admin.close()
    return count


@pytest.mark.timeout(240)
async def test_a_stalled_database_makes_collectors_wait_once_enough_lies_in_kafka(
    engines_on_a_small_disk: tuple[Stack, Disk], service: SplitService
) -> None:
    stack, _ = engines_on_a_small_disk
    house = await a_house(service)
    waiting = posts(house, 200)
    statuses: list[int] = []
    async with house.client() as client:
        assert await send(client, waiting.pop(0)) == 202
        stack.pause("postgres")
        try:
            async with asyncio.timeout(60):
                while 503 not in statuses:
                    statuses.append(await send(client, waiting[len(statuses) % len(waiting)]))
        finally:
            stack.resume("postgres")
        accepted = min(statuses.count(202), len(waiting))
        assert accepted * IN_A_POST > MOST_BEHIND
        async with asyncio.timeout(120):
            while await send(client, waiting[0]) != 202:  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.5)
    await service.settled(house.organization_id)
    assert await stored(stack, house) == (accepted + 1) * IN_A_POST
    assert service.roles.peak_mb("api") < MOST_MB
    assert service.roles.peak_mb("consumer") < MOST_MB


@pytest.mark.timeout(240)
async def test_a_stalled_log_is_answered_at_once_and_what_was_refused_can_be_sent_again(
    engines_on_a_small_disk: tuple[Stack, Disk], service: SplitService
) -> None:
    stack, _ = engines_on_a_small_disk
    house = await a_house(service)
    first, *bodies = posts(house, 41)
    async with house.client() as client:
        assert await send(client, first) == 202
        stack.pause("kafka")
        try:
            statuses = await asyncio.gather(*(send(client, body) for body in bodies))
        finally:
            stack.resume("kafka")
        assert set(statuses) == {503}
        for body in bodies:
            while await send(client, body) != 202:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.2)
    await service.settled(house.organization_id)
    assert await stored(stack, house) == 41 * IN_A_POST
    assert service.roles.peak_mb("api") < MOST_MB


async def test_a_body_of_unknown_length_is_not_read(service: SplitService) -> None:
    house = House(service, await service.open_organization(START))

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"polls": []}'

    async with house.client() as client:
        answer: Any = await client.post("/v1/readings", content=parts())
    assert (answer.status_code, answer.json()["code"]) == (411, "length_missing")
