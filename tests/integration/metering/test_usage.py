"""Usage of days: equal to a full derivation, whenever the evidence and the facts come (rule 3; CB-32)."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg

from events.contracts import ContractAmended, ContractEnded, UnitReleased
from events.identity import ClockAdvanced
from hostbook.engines.stack import Stack
from metering.domain.values import HashpriceRow
from support.metering_house import House, activated, at, window
from support.one_service import OneService

NewHouse = Callable[[], Awaitable[House]]


async def test_days_closed_one_after_the_other_sum_to_the_whole_derivation(house: House) -> None:
    await house.scan(-3, 75)
    await house.send(house.steady("PDU-A", 2, -3.2, 72.3))
    await house.advance(73)
    assert await house.holds(3) == 6
    assert [(one.day.day, one.span_count) for one in await house.closings()] == [(3, 2), (4, 2), (5, 2)]
    assert {event.revision for event in await house.events()} == {1}


async def test_a_read_that_comes_late_publishes_the_changed_spans_with_their_next_revision(house: House) -> None:
    polls = house.steady("PDU-A", 2, -30, 144.3)
    kept = [poll for number, poll in enumerate(polls) if number not in (150, 151, 200)]
    await house.send(kept)
    await house.advance(145)
    await house.send([polls[150]])
    await house.send([polls[200], polls[151]])
    assert await house.holds(6) == 12
    revisions = sorted(event.revision for event in await house.events())
    assert revisions.count(1) == 12
    assert len(revisions) <= 12 + 6


async def test_late_evidence_that_changes_nothing_publishes_nothing(house: House) -> None:
    polls = house.steady("PDU-A", 2, 0, 49)
    await house.send(polls)
    await house.advance(49)
    before = len(await house.events())
    await house.send(polls[10:20])
    assert len(await house.events()) == before


async def test_a_pdu_that_was_silent_over_midnights_measures_the_gap_when_it_comes_back(house: House) -> None:
    await house.scan(0, 100)
    await house.send(house.steady("PDU-A", 2, -26, 20))
    await house.advance(74)
    first = await house.standing()
    assert all("hash" in event.by_method for event in first.values())
    await house.send(house.steady("PDU-A", 2, 75, 76))
    assert await house.holds(3) == 6
    assert all(set(event.by_method) == {"metered"} for event in (await house.standing()).values())


async def test_evidence_in_any_order_late_and_doubled_gives_the_same_usage(house: House) -> None:
    rng = Random(7)
    polls = house.steady("PDU-A", 2, -26, 99)
    spike = house.poll("PDU-A", at(40.1), [9_000_000, None])
    other = house.poll("PDU-A", at(60), [1_000_001, 1_000_002])
    every = [*polls, *polls[::7], spike, other]
    rng.shuffle(every)
    for number in range(6):
        await house.send(every[number::6])
        if number < 4:
            await house.advance(24 * (number + 1) + 1)
    assert await house.holds(4) == 8
    flags = {flag for event in (await house.standing()).values() for flag in event.flags}
    assert flags >= {"spike", "duplicate_value"}


async def test_late_telemetry_and_hashprice_derive_their_days_again(new_house: NewHouse) -> None:
    house = await new_house()
    await house.register(1, methods=["hash"], failover={"mode": "market_hashprice", "percent": "60"})
    house.windows[house.units[0]] = [window(house.contract_id, 0, None, "hash", failover=True)]
    await house.scan(0, 20)
    await house.advance(49)
    await house.scan(22, 30)
    row = {"from_at": at(10).isoformat(), "to_at": at(40).isoformat(), "usd_per_ph_day": "51.25"}
    await house.post("/v1/hashprice", {"series": "default", "rows": [row]}, 201)
    await house.service.settled(house.organization_id)
    house.hashprice = [HashpriceRow(at(10), at(40), Fraction("51.25"))]
    assert await house.holds(2) == 2
    assert all(event.revision > 1 for event in (await house.standing()).values())


async def test_facts_that_come_after_the_evidence_count_as_if_they_had_come_before(new_house: NewHouse) -> None:
    house = await new_house()
    await house.register(1)
    unit = house.units[0]
    await house.plug("PDU-A", [unit])
    await house.send(house.steady("PDU-A", 1, -26, 73))
    await house.advance(73)
    other = uuid4()
    assigned = house.assignment(unit, at(30), other)
    before = next(iter(await house.standing()))
    old = await _assignment_of(house)
    await house.tell(UnitReleased(assignment_id=old, unit_id=unit, contract_id=house.contract_id, to_at=at(30)))
    await house.tell(assigned)
    await house.tell(activated(other, house.customer_id, methods=["metered"], rates=[]))
    house.windows[unit] = [
        window(house.contract_id, 0, 30, "metered", "hash", "calculated"),
        window(other, 30, None, "metered"),
    ]
    assert await house.holds(3) == 4
    assert before in await house.standing()
    counts = {one.day.day: one.span_count for one in await house.closings()}
    assert counts == {3: 1, 4: 2, 5: 1}
    voided = [event for event in await house.events() if event.is_void]
    assert {event.contract_id for event in voided} == {house.contract_id}
    assert len(voided) == 2


async def test_an_amendment_and_the_end_of_a_contract_cut_the_days_they_fall_in(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -26, 73))
    await house.scan(0, 73)
    await house.advance(49)
    terms = activated(house.contract_id, house.customer_id, methods=["hash"]).terms
    amended = ContractAmended(contract_id=house.contract_id, version=2, effective_at=at(36), terms=terms)
    await house.tell(amended)
    ended = ContractEnded(
        contract_id=house.contract_id, version=3, customer_id=house.customer_id, end_at=at(60), reason="early"
    )
    await house.tell(ended)
    await house.advance(73)
    for unit in house.units:
        house.windows[unit] = [
            window(house.contract_id, 0, 36, "metered", "hash", "calculated"),
            window(house.contract_id, 36, 60, "hash"),
        ]
    assert await house.holds(3) == 8


async def test_a_corrected_rating_and_a_replaced_pdu_derive_what_they_touch(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -26, 97))
    await house.advance(97)
    await house.tell(house.rerated(1, 1500, at(30)))
    await house.holds(4)
    row = house.channels[house.units[0]][0]
    row["to_at"] = at(50).isoformat()
    await house.post(f"/v1/channels/{row['id']}/close", {"to_at": row["to_at"]}, 200)
    await house.service.settled(house.organization_id)
    await house.holds(4)
    await house.plug("P-2", [house.units[0]], from_at=at(52))
    await house.send([house.poll("P-2", at(52 + n / 2), [1000 * n]) for n in range(80)])
    assert await house.holds(4) >= 8


async def test_a_kill_in_the_middle_loses_and_doubles_nothing(house: House, service: OneService) -> None:
    polls = house.steady("PDU-A", 2, -26, 99, 0.25)
    await house.send(polls[:200])
    await house.post("/v1/readings", {"polls": polls[200:]}, 202)
    await service.tell(house.organization_id, _moved(house, 73), at=at(73))
    await service.kill()
    await service.start()
    house.now_at = at(73)
    await service.settled(house.organization_id, clock_at=at(73), within_s=40)
    assert await house.holds(3) == 6
    async with house.client() as client:
        answer = await client.post("/v1/readings", json={"polls": polls})
    assert answer.json() == {"accepted": len(polls), "refused": []}
    await service.settled(house.organization_id)
    await house.advance(97)
    assert await house.holds(4) == 8
    seen = [(event.unit_id, event.from_at, event.revision) for event in await house.events()]
    assert len(seen) == len(set(seen))


async def test_days_derived_again_by_order_trust_no_frozen_state_and_change_nothing(
    house: House, engines: Stack
) -> None:
    await house.send(house.steady("PDU-A", 2, -26, 73))
    await house.advance(73)
    before = len(await house.events())
    days = ["--from", "2025-03-03", "--to", "2025-03-05"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "metering.main", "rederive", "--organization", str(house.organization_id), *days,
        env={**os.environ, **engines.service_environment("metering")}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert out.decode().startswith("2 units will be derived again")
    await house.service.settled(house.organization_id)
    assert len(await house.events()) == before
    assert await house.holds(3) == 6


async def test_running_usage_shows_the_open_day_at_once(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, -2, 30))
    await house.advance(26)
    days = {"from_on": "2025-03-03", "to_on": "2025-03-09"}
    async with house.client() as client:
        answer = (await client.get("/v1/usage", params={"unit_id": str(house.units[0]), **days})).json()
        whole = (await client.get("/v1/usage", params={"contract_id": str(house.contract_id), **days})).json()
    closed, running = answer["items"]
    assert (closed["revision"], closed["is_final"], closed["day"]) == (1, True, "2025-03-03")
    assert (running["revision"], running["is_final"], running["day"]) == (0, False, "2025-03-04")
    assert running["methods"] == [
        {"method": "metered", "energy_kwh": "5.8", "hours": "2", "quality": "measured"},
    ]
    assert len(whole["items"]) == 4


async def _assignment_of(house: House) -> Any:
    connection = await asyncpg.connect(house.service.database_url)
    await connection.execute(f"set app.organization_id = '{house.organization_id}'")
    found = await connection.fetchval("select assignment_id from assignments")
    await connection.close()
    return found


def _moved(house: House, to_h: float) -> ClockAdvanced:
    return ClockAdvanced(
        organization_id=house.organization_id, from_at=house.now_at, to_at=house.now_at + timedelta(hours=to_h)
    )
