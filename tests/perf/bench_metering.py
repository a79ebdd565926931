"""Metering at speed: from HTTP to committed in PostgreSQL, to visible usage, to derived months (issue 5, section 4).

API and consumer run as processes of their own, as in production; the limit is plain COPY of one row per read with a
unique index, into the same PostgreSQL in the same run.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import httpx

from common.auth import HEADER, Principal, mint
from common.clock import wall_now
from common.db import Database
from common.outbox import new_producer
from events.contracts import SiteOpened, UnitAssigned, UnitRegistered
from events.envelope import Envelope, Event
from events.identity import OrganizationCreated
from hostbook.engines.stack import Stack
from metering.store import polls as poll_store
from metering.store.partitions import make_partitions
from metering.store.polls import Poll
from metering.use_cases.derive_days import Days, derive_days
from support.metering_house import PERMISSIONS, activated

OUTLETS = 24
PDUS = 100
POLLS = 30_000
IN_A_POST = 250
POSTERS = 6
MONTH = datetime(2025, 3, 1, tzinfo=UTC)
MUST_BYTES, MUST_VISIBLE_MS = 24, 2000


class Figure(NamedTuple):
    """A measured value, the limit measured in the same run, their quotient, and the least value that is accepted.

    A `must` below zero is the most that is accepted.
    """

    name: str
    value: float
    limit: float
    ratio: float
    must: float


class Site:
    """The running service, its organization, and who may call it."""

    def __init__(self, stack: Stack, ports: dict[str, int]) -> None:
        self.stack, self.ports = stack, ports
        self.organization_id, self.site_id, self.customer_id, self.contract_id = uuid4(), uuid4(), uuid4(), uuid4()
        self.unit_id = uuid4()
        self.pdus: list[str] = []
        self.key = stack.service_environment("identity")["TOKEN_PRIVATE_KEY"]
        self.url = f"http://127.0.0.1:{ports['api']}"

    def client(self) -> httpx.AsyncClient:
        principal = Principal("key:bench", self.organization_id, frozenset(PERMISSIONS))

        async def signed(request: httpx.Request) -> None:
            request.headers[HEADER] = mint(principal, self.key)
            request.headers["Idempotency-Key"] = str(uuid4())

        return httpx.AsyncClient(base_url=self.url, event_hooks={"request": [signed]}, timeout=60)

    async def tell(self, *facts: Event) -> None:
        producer = new_producer(self.stack.address("kafka"))
        await producer.start()
        for fact in facts:
            envelope = Envelope(
                id=uuid4(), type=fact.KIND.type, source="bench", subject=fact.key, time=wall_now(),
                organization_id=self.organization_id,
            )  # fmt: skip
            headers = [(name, text.encode()) for name, text in envelope.headers().items()]
            body = fact.model_dump_json().encode()
            await producer.send_and_wait(fact.KIND.topic, body, key=fact.key.encode(), headers=headers)
        await producer.stop()

    async def set_up(self) -> None:
        """A live organization, PDUs, and one unit that is billed."""
        begun_at = wall_now() - timedelta(days=1)
        assigned = UnitAssigned(
            assignment_id=uuid4(), unit_id=self.unit_id, contract_id=self.contract_id, customer_id=self.customer_id,
            from_at=begun_at,
        )  # fmt: skip
        created = OrganizationCreated(
            organization_id=self.organization_id, version=1, slug="bench", name="Bench", timezone="UTC",
            currency="USD", billing_day=1, due_days=15, mode="live",
        )  # fmt: skip
        registered = UnitRegistered(
            unit_id=self.unit_id, version=1, name="M", model="S21", site_id=self.site_id, rated_w="100000000",
            rated_ths="1", owner="host",
        )  # fmt: skip
        site = SiteOpened(site_id=self.site_id, version=1, name="Site", code="S", timezone="UTC")
        contract = activated(self.contract_id, self.customer_id, start_at=begun_at, methods=["metered"])
        await self.tell(created, site, registered, contract, assigned)
        async with self.client() as client:
            for number in range(PDUS + 1):
                body = {
                    "name": f"PDU-{number}", "site_id": str(self.site_id), "outlet_count": OUTLETS,
                    "tick_kwh": "0.001", "modulus_kwh": "4294967.296",
                }  # fmt: skip
                answer = await client.post("/v1/pdus", json=body)
                self.pdus.append(answer.raise_for_status().json()["id"])
            channel = {"pdu_id": self.pdus[-1], "position": 1, "outlet": "X", "unit_id": str(self.unit_id)}
            (await client.post("/v1/channels", json={"channels": [channel]})).raise_for_status()


@asynccontextmanager
async def running(stack: Stack) -> AsyncIterator[Site]:
    """Migrated, with an API and a consumer as processes of their own."""
    environment = {**os.environ, **stack.service_environment("metering")}
    migrating = await asyncio.create_subprocess_exec(sys.executable, "-m", "metering.main", "migrate", env=environment)
    assert await migrating.wait() == 0
    ports = {"api": int(environment["PORT"]), "consumer": stack.port("customers")}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "metering.main", role, env=environment | {"PORT": str(port)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        for role, port in ports.items()
    ]  # fmt: skip
    try:
        async with httpx.AsyncClient() as client:
            for port in ports.values():
                await until(lambda port=port: _is_ready(client, port))  # type: ignore[misc]
        site = Site(stack, ports)
        await site.set_up()
        yield site
    finally:
        for process in processes:
            process.terminate()
            await process.wait()


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False


async def until(is_so: Callable[[], Awaitable[bool]], pause_s: float = 0.05) -> None:
    """Ask until it is so."""
    while not await is_so():  # noqa: ASYNC110 - what it waits for happens in another process
        await asyncio.sleep(pause_s)


def bodies(pdus: list[str], count: int, first_at: datetime) -> list[bytes]:
    """Posts of polls, PDU after PDU, a poll of each every five minutes."""
    polls = []
    for number in range(count):
        round_number, pdu = divmod(number, len(pdus))
        energy = [1_000_000 + round_number * 290 + outlet for outlet in range(OUTLETS)]
        at = (first_at + timedelta(minutes=5 * round_number)).isoformat()
        polls.append({"pdu": pdus[pdu], "polled_at": at, "energy_wh": energy, "power_w": [3480] * OUTLETS})
    return [json.dumps({"polls": polls[n : n + IN_A_POST]}).encode() for n in range(0, count, IN_A_POST)]


async def post_all(site: Site, posts: list[bytes], reads_s: float | None = None) -> float:
    """Seconds until every post is answered; `reads_s` holds the pace back."""
    waiting = list(reversed(posts))
    started, sent = perf_counter(), 0

    async def poster() -> None:
        nonlocal sent
        async with site.client() as client:
            while waiting:
                if reads_s is not None:
                    await asyncio.sleep(max(0.0, started + sent / reads_s - perf_counter()))
                if not waiting:
                    break
                body = waiting.pop()
                sent += IN_A_POST * OUTLETS
                answer = await client.post("/v1/readings", content=body)
                assert answer.status_code == 202, answer.text

    await asyncio.gather(*(poster() for _ in range(POSTERS)))
    return perf_counter() - started


async def ingestion(site: Site, admin: Any) -> tuple[float, float]:
    """Reads a second from HTTP to committed; bytes on disk for each read, indexes included."""
    posts = bodies(site.pdus[:PDUS], POLLS, MONTH)
    await post_all(site, bodies(site.pdus[:PDUS], 5000, MONTH - timedelta(days=20)))
    before = await admin.fetchval("select count(*) from polls")
    while before < 5000:
        before = await admin.fetchval("select count(*) from polls")
    started = perf_counter()
    await post_all(site, posts)

    async def is_there() -> bool:
        return bool(await admin.fetchval("select count(*) from polls") == before + POLLS)

    await until(is_there, 0.02)
    rate = POLLS * OUTLETS / (perf_counter() - started)
    size = await admin.fetchval("select pg_total_relation_size('evidence_parts.polls_2025_03')")
    count = await admin.fetchval("select count(*) from evidence_parts.polls_2025_03")
    return rate, size / count / OUTLETS


async def plain_copy(admin: Any) -> float:
    """Reads a second of COPY, one row per read, with a unique index."""
    await admin.execute(
        "create table one_row_per_read"
        " (channel_id uuid, at timestamptz, energy_wh bigint, primary key (channel_id, at))"
    )
    channels = [uuid4() for _ in range(PDUS * OUTLETS)]
    rounds = [
        [(one, MONTH + timedelta(minutes=5 * n), 1_000_000 + n) for one in channels]
        for n in range(POLLS // PDUS)
    ]  # fmt: skip
    started = perf_counter()
    for part in range(0, len(rounds), 10):
        rows = [row for one in rounds[part : part + 10] for row in one]
        await admin.copy_records_to_table("one_row_per_read", records=rows)
    return sum(map(len, rounds)) / (perf_counter() - started)


async def visible_ms(site: Site, reads_s: float, rounds: int = 40) -> float:
    """Milliseconds from the answer of a POST to its read in running usage, p99, under a load of so many reads/s."""
    count = int(reads_s * 12 / OUTLETS) // IN_A_POST * IN_A_POST
    load = asyncio.create_task(post_all(site, bodies(site.pdus[:PDUS], count, MONTH + timedelta(days=40)), reads_s))
    today = wall_now().date()
    query = {"unit_id": str(site.unit_id), "from_on": str(today), "to_on": str(today)}
    waited = []
    async with site.client() as client:
        for number in range(rounds):
            register = 1_000_000 + number * 10
            poll = {"pdu": site.pdus[-1], "polled_at": wall_now().isoformat(), "energy_wh": [register] * OUTLETS}
            (await client.post("/v1/readings", json={"polls": [poll]})).raise_for_status()
            started = perf_counter()
            while number and perf_counter() < started + 30:
                answer = (await client.get("/v1/usage", params=query)).raise_for_status().json()["items"]
                shown = [used["energy_kwh"] for item in answer for used in item["methods"]]
                if shown and sum(map(_number, shown)) >= number / 100 - 0.001:
                    break
            waited.append((perf_counter() - started) * 1000)
    await load
    return sorted(waited)[int(len(waited) * 0.99) - 1]


def _number(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


async def _assigned_units(site: Site, admin: Any, units: list[UUID]) -> None:
    """The units exist, and count for the contract from the start."""
    facts: list[Event] = []
    for number, unit in enumerate(units):
        rating = {"rated_w": "3500", "rated_ths": "200"}
        about = {"unit_id": unit, "version": 1, "name": f"U{number}", "model": "S21", "owner": "host"}
        facts.append(UnitRegistered.model_validate(about | rating | {"site_id": site.site_id}))
        facts.append(
            UnitAssigned(
                assignment_id=uuid4(), unit_id=unit, contract_id=site.contract_id, customer_id=site.customer_id,
                from_at=MONTH,
            )
        )  # fmt: skip
    contract = activated(site.contract_id, site.customer_id, start_at=MONTH, methods=["metered"])
    await site.tell(*facts, contract.model_copy(update={"version": 2}))

    async def are_known() -> bool:
        return bool(await admin.fetchval("select count(*) > $1 from assignments", len(units)))

    await until(are_known)


async def _fed_units(site: Site, units: list[UUID], pdus: list[UUID]) -> None:
    """An outlet for each."""
    channels = [
        {"pdu_id": str(pdus[n // OUTLETS]), "position": n % OUTLETS + 1, "outlet": f"O{n}", "unit_id": str(unit)}
        for n, unit in enumerate(units)
    ]
    async with site.client() as client:
        for part in range(0, len(channels), 500):
            answer = await client.post("/v1/channels", json={"channels": channels[part : part + 500]})
            answer.raise_for_status()


def _polls(pdu_id: UUID, begun_at: datetime, days: int) -> list[Poll]:
    registers = ((n, [10**6 + 290 * n] * OUTLETS) for n in range(days * 288 + 1))
    return [Poll(pdu_id, begun_at + timedelta(minutes=5 * n), begun_at, energy) for n, energy in registers]


async def derived(site: Site, admin: Any, days: int = 10) -> tuple[float, float]:
    """Reads a second from stored polls to usage spans on one core; how much ten times the units cost, over ten."""
    database = Database(site.stack.database_url("metering", "app"))
    owner = site.organization_id
    units = [uuid4() for _ in range(PDUS * OUTLETS // 10)]
    begun_at, pdus = MONTH + timedelta(days=62), [UUID(one) for one in site.pdus[: PDUS // 10]]
    await _assigned_units(site, admin, units)
    await _fed_units(site, units, pdus)
    await make_partitions(database, "polls", [begun_at + timedelta(days=n) for n in range(days + 1)])
    async with database.of(owner) as tx:
        for pdu_id in pdus:
            await poll_store.add(tx, owner, _polls(pdu_id, begun_at, days))
    span = Days(begun_at.date(), (begun_at + timedelta(days=days - 1)).date(), "UTC")
    seconds = {}
    for some in (units[:OUTLETS], units):
        async with database.of(owner) as tx:
            found = []
            for _ in range(3):
                started = perf_counter()
                outcome = await derive_days(tx, some, span)
                found.append(perf_counter() - started)
            assert all(len(one.spans) == days for one in outcome.units)
        seconds[len(some)] = min(found)
    await database.close()
    few, many = sorted(seconds)
    return many * days * 288 / seconds[many], seconds[many] / seconds[few] / (many / few)


async def measure(stack: Stack) -> list[Figure]:
    """All figures in one run."""
    admin = await asyncpg.connect(stack.database_url("metering", "superuser"))
    async with running(stack) as site:
        rate, size = await ingestion(site, admin)
        limit = await plain_copy(admin)
        visible = await visible_ms(site, rate / 2)
        per_second, growth = await derived(site, admin)
    await admin.close()
    return [
        Figure("P1 HTTP to committed (reads/s)", rate, limit, rate / limit, limit),
        Figure("P3 accepted to visible, p99 at half of P1 (ms)", visible, 500, visible / 500, -MUST_VISIBLE_MS),
        Figure("P4 on disk, indexes included (bytes/read)", size, 16, size / 16, -MUST_BYTES),
        Figure("P7 stored polls to usage, one core (reads/s)", per_second, limit, per_second / limit, 0),
        Figure("P7 ten times the units, cost over ten", growth, 1, growth, -1.1),
    ]


def bench() -> list[Figure]:
    """Start the engines for this run alone and measure."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Stack(Path(folder), parts=("postgres", "kafka"), durable=False) as stack,
    ):
        return asyncio.run(measure(stack))


if __name__ == "__main__":
    for figure in bench():
        print(f"{figure.name:50} {figure.value:12,.1f}  limit {figure.limit:12,.1f}  ratio {figure.ratio:7.3f}")
