"""How fast a site takes polls: to committed, through the gateway, with two consumers, and to visible usage."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from common.clock import wall_now
from support.speed import collectors
from support.speed.collectors import Job, Result
from support.speed.site import OUTLETS, PDUS, Site, until

_TAKEN = re.compile(r'hostbook_metering_polls_total\{outcome="taken"\} ([0-9.e+]+)')


def job(site: Site, polls: int, first_at: datetime, **more: Any) -> Job:
    """Six collectors without the gateway, unless told otherwise."""
    chosen: dict[str, Any] = {"port": site.roles.ports["api"], "headers": [site.token()] * 6, "in_a_post": 250} | more
    return Job(pdus=site.pdus[:PDUS], outlets=OUTLETS, polls=polls, first_at=first_at.isoformat(), **chosen)


async def committed(admin: Any, wanted: Job) -> tuple[float, Result]:
    """Reads a second from the first byte sent to the last poll committed; the month must be the job's own."""
    result = await collectors.result_of(await collectors.start(wanted))
    first_at = datetime.fromisoformat(wanted.first_at)

    async def are_there() -> bool:
        query = "select count(*) from polls where polled_at >= $1 and polled_at < $2"
        return bool(await admin.fetchval(query, first_at, first_at + timedelta(days=20)) == wanted.polls)

    async with asyncio.timeout(120):
        await until(are_there, 0.02)
    return wanted.polls * OUTLETS / (monotonic() - result.begun_s), result


async def taken_by(site: Site, name: str) -> float:
    """How many polls a consumer has taken over since it began."""
    async with httpx.AsyncClient() as client:
        found = _TAKEN.search((await client.get(f"{site.roles.url(name)}/metrics")).text)
    return float(found[1]) if found else 0


async def plain_copy(admin: asyncpg.Connection, rows: int) -> float:
    """Reads a second of COPY, one row per read, with a unique index: the limit."""
    await admin.execute(
        "create table if not exists one_row_per_read"
        " (channel_id uuid, at timestamptz, energy_wh bigint, primary key (channel_id, at))"
    )
    await admin.execute("truncate one_row_per_read")
    channels = [uuid4() for _ in range(PDUS * OUTLETS)]
    begun_at = wall_now()
    parts = [
        [(one, begun_at + timedelta(minutes=5 * turn), 1_000_000 + turn) for turn in turns for one in channels]
        for turns in (range(n, n + 10) for n in range(0, rows // len(channels), 10))
    ]
    begun = perf_counter()
    for part in parts:
        await admin.copy_records_to_table("one_row_per_read", records=part)
    return sum(map(len, parts)) / (perf_counter() - begun)


async def visible_ms(site: Site, wanted: Job, for_s: float) -> list[float]:
    """Milliseconds from the answer of a POST to its read in running usage, while other collectors press on."""
    load = await collectors.start(wanted)
    query = {"unit_id": str(site.unit_id), "from_on": str(wall_now().date()), "to_on": str(wall_now().date())}
    waited: list[float] = []
    await asyncio.sleep(1.5)
    until_s = perf_counter() + for_s
    async with site.client() as client:
        while perf_counter() < until_s and load.returncode is None:
            number = len(waited)
            poll = {"pdu": site.pdus[-1], "polled_at": wall_now().isoformat()}
            body = {"polls": [poll | {"energy_wh": [1_000_000 + number * 10] * OUTLETS}]}
            (await client.post("/v1/readings", json=body)).raise_for_status()
            begun = perf_counter()
            while number and await _shown_kwh(client, query) < number / 100 - 0.001:
                assert perf_counter() < begun + 60, "a read never became visible"
                await asyncio.sleep(0.005)
            waited.append((perf_counter() - begun) * 1000)
    if load.returncode is None:
        load.kill()
    await load.communicate()
    return waited[1:]


async def _shown_kwh(client: httpx.AsyncClient, query: dict[str, str]) -> float:
    items = (await client.get("/v1/usage", params=query)).raise_for_status().json()["items"]
    return sum(_number(used["energy_kwh"]) for item in items for used in item["methods"])


def _number(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)
