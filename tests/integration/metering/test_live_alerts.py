"""A live organization follows the wall clock: silence and caps are found by jobs alone, without anybody's advance.

The service's own dispatcher runs what is due now; what falls due later is called with the instant it asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from common import wakeups
from common.clock import wall_now
from common.db import Database
from events.identity import OrganizationCreated
from metering.domain.instants import QUARTER_US, instant_at, micros_of
from metering.use_cases.watch import watch
from metering.use_cases.watch_pdus import WATCH
from support.metering_house import House
from support.one_service import OneService

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def live(service: OneService) -> House:
    """Two units under a cap, on one PDU, of a host on whose clock it is about noon now."""
    owner, hours = uuid4(), wall_now().hour - 12
    created = OrganizationCreated(
        organization_id=owner, version=1, slug=f"l-{owner.hex[:8]}", name="Live", timezone=f"Etc/GMT{hours:+}",
        currency="USD", billing_day=1, due_days=15, mode="live",
    )  # fmt: skip
    await service.tell(owner, created, at=wall_now())
    await service.settled(owner)
    house = House(service, owner)
    await house.register(2, power_cap_kw="4.5")
    await house.plug("PDU-A", list(house.units))
    return house


@pytest.fixture
async def database(live: House) -> AsyncIterator[Database]:
    opened = Database(live.service.database_url)
    yield opened
    await opened.close()


async def kinds(house: House, state: str = "open") -> dict[str, Any]:
    found = (await house.get("/v1/alerts", {"state": state}))["items"]
    assert len({one["kind"] for one in found}) == len(found)
    return {one["kind"]: one for one in found}


async def next_watch(house: House) -> datetime:
    """When the job that waits is due."""
    connection = await asyncpg.connect(house.service.database_url)
    await connection.execute(f"set app.organization_id = '{house.organization_id}'")
    rows = await connection.fetch("select due_at from wakeups where target = 'watch' and state = 'waiting'")
    await connection.close()
    due_at: datetime = min(row["due_at"] for row in rows)
    return due_at


async def scan(house: House, at: datetime, *names: str) -> None:
    one = {
        "site": "S-1",
        "scanned_at": at.isoformat(),
        "interval_s": 60,
        "miners": {n: [99.5, "hashing"] for n in names},
    }
    await house.post("/v1/telemetry", {"scans": [one]}, 202)
    await house.service.settled(house.organization_id)


async def run_watch(house: House, database: Database, due_at: datetime) -> None:
    async with database.of(house.organization_id) as tx:
        await watch(tx, house.organization_id, {}, due_at)


async def wake(house: House, database: Database) -> None:
    """Have the service's dispatcher run the job now; the one that waits is due within a quarter of an hour or so."""
    async with database.of(house.organization_id) as tx:
        target = (WATCH, f"watch/{house.organization_id}")
        await wakeups.job(tx, house.organization_id, target, at=wall_now(), payload={})
    await house.service.settled(house.organization_id)


async def test_a_quarter_hour_over_the_cap_and_a_silent_pdu_are_found_by_the_clock_on_the_wall(
    live: House, database: Database
) -> None:
    last_at = instant_at(micros_of(wall_now()) // QUARTER_US * QUARTER_US)
    registers, polls = [1_000_000, 2_000_000], []
    for minutes in range(-30, 1, 5):
        polls.append(live.poll("PDU-A", last_at + minutes * MINUTE, list(registers)))
        watt_hours = 250 if minutes < -15 else 100  # two units: 6 kW, then 2.4 kW
        registers = [one + watt_hours for one in registers]
    await live.send(polls)
    await wake(live, database)
    cap = (await kinds(live, "open") | await kinds(live, "closed"))["power_cap"]
    assert (cap["opened_at"], cap["contract_id"]) == (_text(last_at - 15 * MINUTE), str(live.contract_id))
    assert cap["observed"] == "133.333"
    due_at = await next_watch(live)
    assert wall_now() - MINUTE < due_at <= wall_now() + 20 * MINUTE
    assert micros_of(due_at - 5 * MINUTE) % QUARTER_US == 0
    for _ in range(2):
        await run_watch(live, database, last_at + 5 * MINUTE)
    assert (await kinds(live, "closed"))["power_cap"]["closed_at"] == _text(last_at)
    await run_watch(live, database, last_at + 30 * MINUTE)
    silent = (await kinds(live))["pdu_silent"]
    assert (silent["pdu_id"], silent["opened_at"]) == (str(live.pdus["PDU-A"]), _text(last_at + 30 * MINUTE))


async def test_a_quarter_hour_that_arrives_late_is_looked_at_then(live: House, database: Database) -> None:
    last_at = instant_at(micros_of(wall_now()) // QUARTER_US * QUARTER_US)
    await run_watch(live, database, last_at + 5 * MINUTE)
    assert "power_cap" not in await kinds(live, "open") | await kinds(live, "closed")
    polls = [
        live.poll("PDU-A", last_at + minutes * MINUTE, [(minutes + 60) * 50, (minutes + 60) * 50])
        for minutes in range(-60, 1, 5)
    ]
    await live.send(polls)
    await run_watch(live, database, last_at + 5 * MINUTE)
    assert (await kinds(live))["power_cap"]["opened_at"] == _text(last_at - 45 * MINUTE)


async def test_a_site_that_fell_silent_and_a_unit_that_vanished_are_found_as_soon_as_they_can_be(
    live: House, database: Database
) -> None:
    now_at = wall_now().replace(microsecond=0)
    await scan(live, now_at - 60 * MINUTE, "M00", "M01")
    await wake(live, database)
    assert set(await kinds(live)) == {"telemetry_silent"}
    await scan(live, now_at - 5 * MINUTE, "M00")
    missing = (await kinds(live))["unit_offline"]
    assert UUID(missing["unit_id"]) == live.units[1]
    assert missing["detail"].endswith("for 54 minutes.")
    assert set(await kinds(live, "closed")) == {"telemetry_silent"}


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
