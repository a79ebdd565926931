"""History before the first closing, orders to derive again, raw evidence packed and let go (issue 5, section 1)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from common.auth import HEADER, Principal, mint
from common.db import Database
from events.contracts import UnitReleased
from hostbook.demo.api import Api
from hostbook.rederiving import app
from metering.store import polls, releases, scans
from metering.use_cases.retire_evidence import empty_evidence, pack_evidence, retire_evidence
from support.metering_house import START, House, at

NewHouse = Callable[[], Awaitable[House]]


@pytest.fixture
async def database(house: House) -> Any:
    opened = Database(house.service.database_url)
    yield opened
    await opened.close()


async def test_imported_history_is_closed_from_its_first_day_with_evidence_on(new_house: NewHouse) -> None:
    house = await new_house()
    await house.register(1, start_at=at(-24 * 10))
    unit = house.units[0]
    await house.plug("PDU-A", [unit])
    await house.send(house.steady("PDU-A", 1, -2, 25))
    await house.advance(25)
    assert [one.day for one in await house.closings()] == [START.date()]
    earlier = house.assignment(unit, at(-24 * 9))
    released = {"assignment_id": earlier.assignment_id, "unit_id": unit, "contract_id": house.contract_id}
    await house.tell(earlier, UnitReleased(**released, to_at=START))
    assert [one.day for one in await house.closings()] == [START.date()]
    await house.send(house.steady("PDU-A", 1, -24 * 3 - 5, -2.5))
    await house.advance(26)
    days = [START.date() + timedelta(days=n) for n in range(-4, 1)]
    assert sorted({one.day for one in await house.closings()}) == days
    spans = await house.standing()
    assert {event.day for event in spans.values()} >= set(days[:4])
    before = len(await house.events())
    await house.send([house.poll("PDU-A", at(-24 * 2 + 0.1), [1_000_000 + round(0.1 * 2900)])])
    await house.advance(49)
    assert len(await house.events()) > before
    assert [one.day for one in await house.closings()].count(START.date() - timedelta(days=5)) == 0


async def test_an_order_derives_again_without_frozen_states_and_says_what_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.send(house.steady("PDU-A", 2, -26, 73))
    await house.advance(73)
    order = {"from_on": "2025-03-01", "to_on": "2025-03-31"}
    nothing = await house.post("/v1/rederivations", order, 202)
    await house.service.settled(house.organization_id)
    done = await house.get(f"/v1/rederivations/{nothing['id']}")
    assert (done["state"], done["from_on"], done["to_on"]) == ("done", "2025-03-03", "2025-03-05")
    assert (done["unit_count"], done["change_count"], done["failed_count"]) == (2, 0, 0)
    await _spoil(house)
    again = await house.post("/v1/rederivations", order | {"unit_id": str(house.units[1])}, 202)
    await house.service.settled(house.organization_id)
    assert (await house.get(f"/v1/rederivations/{again['id']}"))["change_count"] == 1
    (change,) = (await house.get(f"/v1/rederivations/{again['id']}/changes"))["items"]
    assert (change["day"], change["revision"]) == ("2025-03-04", 2)
    assert change["before"]["energy_kwh"] == {"metered": "1"}
    assert change["after"]["energy_kwh"] == {"metered": "69.624"}
    assert await house.holds(3) == 6
    assert await _by_command(house, monkeypatch, "--from", "2025-03-03", "--to", "2025-03-04") == (
        0, "2 units derived again, 2025-03-03 to 2025-03-04: nothing changed.\n",
    )  # fmt: skip
    code, said = await _by_command(house, monkeypatch, "--from", "2025-05-03", "--to", "2025-05-04")
    assert (code, "No day from 2025-05-03" in said) == (2, True)
    for bad, status in (
        ({"from_on": "2025-03-09", "to_on": "2025-03-01"}, 422), ({"from_on": "x", "to_on": "2025-04-02"}, 422),
        ({"from_on": "2025-04-01", "to_on": "2025-04-02"}, 409),
    ):  # fmt: skip
        assert (await house.post("/v1/rederivations", bad, status))["errors"][0]["field"]


async def _by_command(house: House, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """`hostbook metering rederive`, with the token that the gateway would add."""

    class Direct(Api):
        def __init__(self, url: str, key: str) -> None:
            super().__init__(url, key)
            principal = Principal("user:test", house.organization_id, frozenset({"meters.read", "meters.write"}))
            self._client.headers[HEADER] = mint(principal, house.service.private_key)

    monkeypatch.setattr("hostbook.rederiving.Api", Direct)
    environment = {"HOSTBOOK_URL": house.service.url, "HOSTBOOK_API_KEY": "key"}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["rederive", *words], env=environment)
    return done.exit_code, done.output


async def _spoil(house: House) -> None:
    """A published span that its evidence does not give: what a fault in older code would leave."""
    connection = await asyncpg.connect(house.service.database_url)
    await connection.execute(f"set app.organization_id = '{house.organization_id}'")
    await connection.execute(
        "update usage_spans set body = replace(body, '69.624', '1') where day = '2025-03-04' and unit_id = $1",
        house.units[1],
    )
    await connection.close()


async def test_packed_polls_read_as_before_and_late_ones_join_them(house: House, database: Database) -> None:
    sent = house.steady("PDU-A", 2, -26, 73)
    await house.send([one | {"power_w": [2900, None]} for one in sent])
    await house.advance(73)
    pdu_id, owner = house.pdus["PDU-A"], house.organization_id
    path = f"/v1/pdus/{pdu_id}/polls"
    before = await _all(house, path)
    async with database.of(owner) as tx:
        reads = (await polls.read(tx, [pdu_id], None, None))[pdu_id]
    month = {"month": "2025-03-01"}
    for _ in range(3):
        async with database.of(owner) as tx:
            await pack_evidence(tx, owner, month, at(73))
    assert await _rows(house, "polls", datetime(2025, 3, 1, tzinfo=UTC)) == 0
    assert await _all(house, path) == before
    assert await _all(house, path, "-polled_at") == before[::-1]
    async with database.of(owner) as tx:
        packed = (await polls.read(tx, [pdu_id], None, None))[pdu_id]
        assert list(packed.instants_us) == list(reads.instants_us)
        assert [list(column) for column in packed.positions] == [list(column) for column in reads.positions]
        assert await polls.any_after(tx, pdu_id, at(72))
        assert not await polls.any_after(tx, pdu_id, at(73))
    await house.send([house.poll("PDU-A", at(20.2), [None, 1_000_000 + round(68.2 * 2901)]), *sent[:40]])
    assert await house.holds(3) == 6
    async with database.of(owner) as tx:
        await pack_evidence(tx, owner, month, at(73))
    assert len(await _all(house, path)) == len(before) + 1 + 40
    assert await _all(house, path, "-polled_at") == (await _all(house, path))[::-1]
    await house.post("/v1/rederivations", {"from_on": "2025-03-03", "to_on": "2025-03-05"}, 202)
    await house.service.settled(owner)
    assert await house.holds(3) == 6


async def test_packed_scans_count_as_before_and_late_ones_join_them(house: House, database: Database) -> None:
    await house.scan(-3, 30, celsius=70)
    await house.scan(30, 49, status="online", ths="0")
    await house.advance(49)
    assert await house.holds(2) == 4
    owner = house.organization_id
    for _ in range(3):
        async with database.of(owner) as tx:
            await pack_evidence(tx, owner, {"month": "2025-03-01"}, at(49))
    assert await _rows(house, "telemetry", datetime(2025, 3, 1, tzinfo=UTC), "scanned_at") == 0
    again = {"from_on": "2025-03-03", "to_on": "2025-03-04"}
    done = await house.post("/v1/rederivations", again, 202)
    await house.service.settled(owner)
    assert (await house.get(f"/v1/rederivations/{done['id']}"))["change_count"] == 0
    await house.scan(20, 21)  # known already
    await house.scan(49, 50)
    async with database.of(owner) as tx:
        await pack_evidence(tx, owner, {"month": "2025-03-01"}, at(50))
        assert await scans.first_at(tx, owner) == at(-3)
    await house.post("/v1/rederivations", again, 202)
    await house.service.settled(owner)
    house.scans = {unit: rows[:106] for unit, rows in house.scans.items()}
    assert await house.holds(2) == 4


async def test_a_month_is_let_go_when_it_is_old_and_final_and_emptied_when_nobody_has_rows(
    house: House, database: Database
) -> None:
    owner = house.organization_id
    await house.send([house.poll("PDU-A", at(-24 * 200 + n), [n, n]) for n in range(5)])
    await house.send(house.steady("PDU-A", 2, -26, 25))
    await house.advance(25)
    long_ago = datetime(2024, 8, 1, tzinfo=UTC)
    async with house.client() as client:
        await client.put("/v1/metering-settings", json={"keep_raw_months": 3})
    assert await _rows(house, "polls", long_ago) == 5
    async with database.of(owner) as tx:
        assert not await releases.empty(tx, "polls", date(2024, 8, 1))
        await retire_evidence(tx, owner, {}, at(25))
        assert await releases.last(tx) == date(2024, 11, 1)
        await empty_evidence(tx, owner, {"months": ["2024-08-01"]}, at(25))
    assert await _rows(house, "polls", long_ago) == 0
    assert await _rows(house, "polls", datetime(2025, 3, 1, tzinfo=UTC)) > 50
    await house.service.settled(owner)
    assert {"polls_2025_03", "polls_2025_04"} <= await _partitions(house)
    assert "polls_2024_08" not in await _partitions(house)
    await house.send([house.poll("PDU-A", at(-24 * 200 + 9), [9, 9])])
    assert await _rows(house, "polls", long_ago) == 1
    async with database.of(owner) as tx:
        await retire_evidence(tx, owner, {}, at(26))
    await house.advance(26)
    assert "polls_2024_08" not in await _partitions(house)


async def _partitions(house: House) -> set[str]:
    connection = await asyncpg.connect(house.service.database_url)
    rows = await connection.fetch("select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid")
    await connection.close()
    return {row[0] for row in rows}


async def _rows(house: House, table: str, month: datetime, column: str = "polled_at") -> int:
    connection = await asyncpg.connect(house.service.database_url)
    await connection.execute(f"set app.organization_id = '{house.organization_id}'")
    count: int = await connection.fetchval(
        f"select count(*) from {table} where {column} >= $1 and {column} < $2", month, month + timedelta(days=31)
    )
    await connection.close()
    return count


async def _all(house: House, path: str, sort: str = "polled_at") -> list[dict[str, Any]]:
    found, after = [], None
    while True:
        page = await house.get(path, {"limit": 70, "sort": sort} | ({"after": after} if after else {}))
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
