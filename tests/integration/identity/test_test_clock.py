"""Test clocks: what is refused, and a driver that goes step by step and survives kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import instant_of
from events.identity import ClockAdvanced
from hostbook.engines.layout import ROOT
from identity.gateways.settlements import HttpSettlements
from identity.workflows.test_clock.driver import ClockDriver
from support.identity_at import Door, IdentityHere
from support.settling_service import SettlingService

BEGIN = "2025-03-01T06:00:00Z"


def path(organization: str, rest: str = "") -> str:
    return f"/v1/organizations/{organization}/test-clock{rest}"


async def advance(door: Door, organization: str, to_at: str) -> Any:
    return await door.call("POST", path(organization, "/advance"), {"to_at": to_at})


@asynccontextmanager
async def others(identity: IdentityHere, **more: Any) -> AsyncIterator[SettlingService]:
    """Another service, known to the application as the one to wait for."""
    before = identity.app.state.settlements
    async with SettlingService(identity.urls.superuser, instant_of(BEGIN), **more) as service:
        settlements = HttpSettlements({"metering": service.url})
        identity.app.state.settlements = settlements
        try:
            yield service
        finally:
            identity.app.state.settlements = before
            await settlements.close()


@asynccontextmanager
async def killed_after(start: Callable[[], Awaitable[asyncio.subprocess.Process]]) -> AsyncIterator[None]:
    """A driver as a process of its own, ended by SIGKILL however the test goes."""
    process = await start()
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def driving(identity: IdentityHere) -> AsyncIterator[None]:
    task = asyncio.create_task(ClockDriver(identity.database, identity.app.state.settlements).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def settled(door: Door, organization: str, within_s: float = 20) -> dict[str, Any]:
    """Asks as a client would until everything has settled."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        said: dict[str, Any] = (await door.call("GET", path(organization))).json()
        if said["settled"]:
            return said
        assert asyncio.get_running_loop().time() < deadline, said
        await asyncio.sleep(0.05)


async def moves(identity: IdentityHere, organization: str) -> list[ClockAdvanced]:
    return [event for event in await identity.published(organization) if isinstance(event, ClockAdvanced)]


async def test_a_live_organizations_clock_is_not_moved(identity: IdentityHere) -> None:
    live = (await identity.open_organization(mode="live", clock_at=None))["id"]
    answer = await advance(identity.door(identity.key), live, "2035-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_test_clock")


async def test_going_back_is_refused_and_standing_still_is_not(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key)
    back = await advance(door, organization, "2025-03-01T05:59:59Z")
    assert (back.status_code, back.json()["code"]) == (409, "clock_refused")
    assert (await advance(door, organization, BEGIN)).status_code == 202


async def test_one_target_at_a_time(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key)
    assert (await advance(door, organization, "2025-03-05T06:00:00Z")).status_code == 202
    assert (await advance(door, organization, "2025-03-05T06:00:00Z")).status_code == 202
    assert (await advance(door, organization, "2025-03-06T06:00:00Z")).status_code == 409
    await identity.sql("delete from clock_advances")


@pytest.mark.parametrize(
    "to_at",
    ["tomorrow", "2025-03-05", "2025-03-05T00:00:00", 1740787200, None, "9999-01-01T00:00:00Z"],
)
async def test_what_is_no_instant_is_refused(identity: IdentityHere, organization: str, to_at: object) -> None:
    answer = await identity.door(identity.key).call("POST", path(organization, "/advance"), {"to_at": to_at})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "to_at")


async def test_a_wrong_role_and_a_foreign_organization_move_no_clock(identity: IdentityHere, organization: str) -> None:
    auditor = await identity.member(organization, "auditor")
    page = {"Origin": "https://gateway.test"}
    body = {"to_at": "2025-03-05T06:00:00Z"}
    own = identity.door(auditor["cookie"])
    assert (await own.call("POST", path(organization, "/advance"), body, page)).status_code == 403
    foreign = (await identity.open_organization())["id"]
    assert (await own.call("POST", path(foreign, "/advance"), body, page)).status_code == 404
    assert (await identity.door(identity.key).call("POST", path(str(uuid4()), "/advance"), body)).status_code == 404


async def test_the_clock_stops_at_all_that_falls_due_and_at_least_once_a_day(
    identity: IdentityHere, organization: str
) -> None:
    door = identity.door(identity.key)
    due = [instant_of(text) for text in ("2025-03-01T15:00:00Z", "2025-03-03T14:30:00Z", "2025-03-09T20:00:00Z")]
    async with others(identity, due=list(due)) as service, driving(identity):
        await advance(door, organization, "2025-03-04T00:00:00Z")
        said = await settled(door, organization)
        expected = ["01T15:00", "02T15:00", "03T14:30", "04T00:00"]
        assert service.stops == [instant_of(f"2025-03-{text}:00Z") for text in expected]
        assert service.early == []
    assert said == {"now_at": "2025-03-04T00:00:00Z", "target_at": None, "settled": True, "waiting_for": []}
    facts = await moves(identity, organization)
    assert [fact.to_at for fact in facts] == service.stops
    assert [fact.from_at for fact in facts] == [instant_of(BEGIN), *service.stops[:-1]]


async def test_no_step_is_taken_while_a_service_is_busy_or_silent(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key)
    async with others(identity, answers=False) as service, driving(identity):
        await advance(door, organization, "2025-03-01T07:00:00Z")
        await asyncio.sleep(0.6)
        said = (await door.call("GET", path(organization))).json()
        assert (said["now_at"], said["settled"]) == (BEGIN, False)
        assert said["waiting_for"][0]["service"] == "metering"
        assert "does not answer" in said["waiting_for"][0]["stuck"]
        service.answers = True
        assert (await settled(door, organization))["now_at"] == "2025-03-01T07:00:00Z"


async def test_a_driver_killed_in_the_middle_goes_on_where_it_was(identity: IdentityHere, organization: str) -> None:
    door, target = identity.door(identity.key), "2025-03-13T05:00:00Z"
    async with others(identity, busy_looks=1) as service:

        async def start() -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "support.clock_driver_process", identity.urls.app, service.url,
                env=os.environ | {"PYTHONPATH": str(ROOT / "tests")}, stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

        await advance(door, organization, target)
        for stops in (2, 5):
            async with killed_after(start):
                await asyncio.wait_for(service.stood_at(stops), 60)
        async with killed_after(start):
            assert (await settled(door, organization, within_s=60))["now_at"] == target
    days = [datetime(2025, 3, 2, 6, tzinfo=UTC) + timedelta(days=n) for n in range(8)]
    days += [datetime(2025, 3, 10, 5, tzinfo=UTC) + timedelta(days=n) for n in range(4)]
    facts = await moves(identity, organization)
    assert [fact.to_at for fact in facts] == days
    assert [fact.from_at for fact in facts] == [instant_of(BEGIN), *days[:-1]]
    assert service.early == []


async def test_two_organizations_move_on_their_own(identity: IdentityHere, organization: str) -> None:
    door, other = identity.door(identity.key), (await identity.open_organization())["id"]
    rests = HttpSettlements({})
    driver = ClockDriver(identity.database, rests)
    for one in (organization, other):
        await advance(door, one, "2025-03-03T06:00:00Z")
    while await driver.turn():
        pass
    for one in (organization, other):
        assert [m.to_at.day for m in await moves(identity, one)] == [2, 3]
        assert UUID(one)
    await rests.close()
