"""The recorded month, some of its units: day by day, evidence late and in its recorded disorder, equal to one walk."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from common.clock import day_start
from common.db import Database
from common.listing import Page
from common.migrations import upgrade
from common.organizations import keep_organization
from events.contracts import UnitAssigned, UnitRegistered, UnitReleased
from events.envelope import Envelope, Event
from events.identity import OrganizationCreated
from events.metering import UsageMeasured
from hostbook.engines.layout import ROOT
from metering.consumers import contract_events, organization_events
from metering.domain.instants import micros_of
from metering.domain.values import Rating, TelemetryRow, UnitStatus
from metering.store import marks, meters, partitions, scans, spans
from metering.store.meters import ChannelRow, Pdu
from metering.store.polls import Poll
from metering.store.scans import Scan
from metering.store.tables import metadata
from metering.use_cases.close_day import close_day
from metering.use_cases.record_polls import record_polls
from metering.use_cases.record_scans import record_scans
from metering.use_cases.rederive import rederive
from support.engines import Databases, DatabaseUrls
from support.metering_house import ZONE, House, activated, as_usage, window

FOLDER = ROOT / "examples" / "amarillo-2025-03"
FIRST = date(2025, 3, 1)
NAMES = UUID(int=7)
UNITS = ("PDU-C-M01", "PDU-C-M17", "PDU-B-M05", "PDU-A-M04", "PDU-D-M24")


def lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(FOLDER / name, "rt") as file:
        yield from (json.loads(line, parse_float=str) for line in file if line.strip())


@pytest.fixture(scope="module")
def urls(databases: Databases) -> DatabaseUrls:
    def migrate(fresh: DatabaseUrls) -> None:
        import asyncio
        from threading import Thread

        thread = Thread(target=lambda: asyncio.run(upgrade(fresh.owner, "metering", metadata, "metering_app")))
        thread.start()
        thread.join()

    return databases.migrated("metering", migrate)


class Month:
    """The service's use cases on a database of their own, fed from the recorded files."""

    def __init__(self, database: Database) -> None:
        self.database, self.owner = database, uuid4()
        self.site = json.loads((FOLDER / "site.json").read_text())
        self.house = House(None, self.owner)  # type: ignore[arg-type]
        self.units = [one for one in self.site["units"] if one["id"] in UNITS]
        self.contracts = {one["id"]: one for one in self.site["contracts"]}

    async def tell(self, router: Any, *facts: Event) -> None:
        for fact in facts:
            envelope = Envelope(
                id=uuid4(), type=fact.KIND.type, source="test", subject=fact.key, time=day_start(FIRST, ZONE),
                organization_id=self.owner,
            )  # fmt: skip
            async with self.database.of(self.owner) as tx:
                for _, handler in router.handlers[fact.KIND.type]:
                    await handler(tx, fact, envelope)

    async def set_up(self) -> None:
        created = OrganizationCreated(
            organization_id=self.owner, version=1, slug="m", name="M", timezone=ZONE, currency="USD", billing_day=1,
            due_days=15, mode="test", clock_at=day_start(FIRST, ZONE),
        )  # fmt: skip
        async with self.database.of(self.owner) as tx:
            await keep_organization(tx, created, None)  # type: ignore[arg-type]
        await self.tell(organization_events.router, created)
        for name, contract in self.contracts.items():
            fact = activated(
                uuid5(NAMES, name), self.house.customer_id, methods=contract["billing_methods"],
                start_at=day_start(date.fromisoformat(contract["start"]), ZONE), failover=contract.get("failover"),
                power_cap_kw=contract.get("power_cap_kw"),
            )  # fmt: skip
            await self.tell(contract_events.router, fact)
        for unit in self.units:
            await self._unit(unit)
        await self._channels()

    async def _unit(self, unit: dict[str, Any]) -> None:
        one = uuid5(NAMES, unit["id"])
        self.house.units.append(one)
        figures = {name: unit[name] for name in ("rated_ths", "efficiency_jth")} | {"rated_w": str(unit["rated_w"])}
        numbers = {name: Fraction(text) for name, text in figures.items()}
        self.house.ratings[one] = [Rating(numbers["rated_w"], numbers["rated_ths"], numbers["efficiency_jth"])]
        registered = UnitRegistered(
            unit_id=one, version=1, name=unit["id"], model="m", site_id=self.house.site_id, owner="host", **figures
        )
        await self.tell(contract_events.router, registered)
        for given in unit["assignments"]:
            contract, ends = self.contracts[given["contract"]], [given["from"], given["to"]]
            from_at, to_at = (None if end is None else datetime.fromisoformat(end) for end in ends)
            assert from_at is not None
            assigned = UnitAssigned(
                assignment_id=uuid4(), unit_id=one, contract_id=uuid5(NAMES, given["contract"]),
                customer_id=self.house.customer_id, from_at=from_at,
            )  # fmt: skip
            await self.tell(contract_events.router, assigned)
            if to_at is not None:
                fields = assigned.model_dump(include={"assignment_id", "unit_id", "contract_id"})
                await self.tell(contract_events.router, UnitReleased(**fields, to_at=to_at))
            span = window(assigned.contract_id, 0, None, *contract["billing_methods"], failover="failover" in contract)
            profile = "power_cap_kw" in contract
            self.house.windows[one].append(_replaced(span, from_at=from_at, to_at=to_at, wants_profile=profile))

    async def _channels(self) -> None:
        wanted = [row for row in self.site["channels"] if row["unit"] in UNITS]
        async with self.database.of(self.owner) as tx:
            for row in wanted:
                name, position = row["id"].rsplit("/", 1)
                pdu_id, ends = uuid5(self.owner, name), [row.get("from"), row.get("to")]
                if name not in self.house.pdus:
                    self.house.pdus[name] = pdu_id
                    pdu = Pdu(pdu_id, self.house.site_id, name, None, 24, row["tick_kwh"], row["modulus_kwh"])
                    await meters.add_pdu(tx, self.owner, pdu)
                from_at, to_at = (None if end is None else datetime.fromisoformat(end) for end in ends)
                unit = uuid5(NAMES, row["unit"])
                channel = ChannelRow(
                    uuid4(), pdu_id, self.house.site_id, unit, int(position), row["outlet"], from_at, to_at
                )
                await meters.add_channels(tx, self.owner, [channel])
                plain = {"id": str(channel.channel_id), "pdu": pdu_id, "position": int(position), "from_at": ends[0]}
                figures = {"modulus_kwh": row["modulus_kwh"], "tick_kwh": row["tick_kwh"], "to_at": ends[1]}
                self.house.channels[unit].append(plain | figures | {"outlet": row["outlet"], "unit_id": str(unit)})

    def polls(self) -> list[Poll]:
        found = []
        for line in lines("polls.ndjson.gz"):
            pdu_id = self.house.pdus.get(line["pdu"])
            if pdu_id is not None:
                when = datetime.fromisoformat(line["polled_at"])
                found.append(Poll(pdu_id, when, when, line["energy_wh"], line["power_w"]))
                for position, register in enumerate(line["energy_wh"], 1):
                    self.house.reads[pdu_id, position].add((micros_of(when), register))
        return found

    def scans(self) -> list[Scan]:
        found = []
        for line in lines("telemetry.ndjson.gz"):
            when = datetime.fromisoformat(line["scanned_at"])
            seen = {uuid5(NAMES, name): said for name, said in line["miners"].items() if name in UNITS}
            for unit, (ths, status) in seen.items():
                until = when + timedelta(seconds=int(line["interval_s"]))
                self.house.scans[unit].append(TelemetryRow(when, until, Fraction(ths), UnitStatus(status)))
            rates, states = [str(said[0]) for said in seen.values()], [said[1] for said in seen.values()]
            found.append(Scan(self.house.site_id, when, when, int(line["interval_s"]), list(seen), rates, states))
        return found

    async def record(self, polls: list[Poll]) -> None:
        for part in range(0, len(polls), 2000):
            async with self.database.of(self.owner) as tx:
                await record_polls(tx, self.owner, polls[part : part + 2000])

    async def close(self, day: date) -> None:
        async with self.database.of(self.owner) as tx:
            due_at = day_start(day + timedelta(days=1), ZONE) + timedelta(minutes=15)
            await close_day(tx, self.owner, {"day": day.isoformat()}, due_at)

    async def derive_marked(self) -> int:
        rounds = 0
        async with self.database.of(self.owner) as tx:
            while await marks.any_left(tx):
                await rederive(tx, self.owner, {}, day_start(FIRST, ZONE))
                rounds += 1
        return rounds

    async def standing(self) -> dict[tuple[Any, ...], UsageMeasured]:
        async with self.database.of(self.owner) as tx:
            page = Page(spans.LISTING, 10_000, "day")
            rows = await spans.page(tx, page, {"from_on": FIRST, "to_on": date(2025, 3, 31)})
        events = [UsageMeasured.model_validate_json(row.body) for row in rows]
        return {(one.unit_id, one.contract_id, one.from_at, one.to_at): one for one in events}


def _replaced(one: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(one, **changes)


async def test_the_recorded_month_by_days_is_the_month_in_one_walk(urls: DatabaseUrls) -> None:
    database = Database(urls.app)
    month = Month(database)
    await month.set_up()
    polls, recorded = month.polls(), month.scans()
    await partitions.make_partitions(database, "polls", [poll.polled_at for poll in polls])
    await partitions.make_partitions(database, "telemetry", [scan.scanned_at for scan in recorded])
    async with database.of(month.owner) as tx:
        await record_scans(tx, month.owner, recorded)
        assert await scans.add(tx, month.owner, recorded[:50]) == 0
    late = [poll for number, poll in enumerate(polls) if number % 311 == 5 or 9000 < number < 9100]
    kept = [poll for number, poll in enumerate(polls) if not (number % 311 == 5 or 9000 < number < 9100)]
    await month.record(kept)
    for number in range(31):
        await month.close(FIRST + timedelta(days=number))
    await month.record(late)
    assert await month.derive_marked() == 1
    standing, expected = await month.standing(), month.house.expected(31, FIRST)
    assert set(standing) == set(expected)
    assert len(standing) == 5 * 31 + 1
    sums: dict[Any, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for key, event in standing.items():
        mine, whole = as_usage(event), as_usage(expected[key])
        for said in (mine, whole):
            said.pop("hashprice")
        assert mine == whole, key
        for side, one in enumerate((event, expected[key])):
            for method, used in one.by_method.items():
                sums[event.unit_id, method][side] += Fraction(used.energy_kwh)
    assert all(days == whole for days, whole in sums.values())
    assert {method for _, method in sums} >= {"metered"}
    await database.close()
