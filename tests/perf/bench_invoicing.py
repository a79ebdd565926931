"""From stored usage to issued invoices, through the whole service path, by two processes (issue 4, section 4).

Each customer has 15 units; a transaction makes the invoice with each unit's detail, its ledger entries, its number and
its events. The limit is what PostgreSQL takes, in the same run, of bare transactions of six statements that write as
much by hand. `python tests/perf/bench_invoicing.py full` bills 10,000 and 100,000 customers.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg

from common.db import Database, new_id
from hostbook.engines.stack import Stack
from invoicing.domain.lines import LineMethod
from invoicing.domain.usage import MethodUsage, UnitUsage
from invoicing.store.usage_form import packed
from invoicing.workflows.billing_run.activities import SHARDS, BillingRunActivities
from invoicing.workflows.billing_run.delivery import Delivery
from invoicing.workflows.billing_run.orders import RunOrder

UNITS, PROCESSES, MUST_INVOICES_S = 15, 2, 300
WARM, SMALL, LARGE = 100, 1_000, 3_000
FULL = (10_000, 100_000)
PERIOD, AT = "2025-03", datetime(2025, 4, 1, 6, tzinfo=UTC)
MARCH = (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))


class Figure(NamedTuple):
    """A measured value, the limit measured in the same run, their quotient, and the least value that is accepted."""

    name: str
    value: float
    limit: float
    ratio: float
    must: float


class Books:
    """A service's database with one organization after another, each with its customers and their usage."""

    def __init__(self, stack: Stack) -> None:
        self.superuser = stack.database_url("invoicing", "superuser")
        self.app = stack.database_url("invoicing", "app")

    async def seed(self, customers: int) -> tuple[UUID, UUID]:
        """An organization whose month is there, and the run that bills it."""
        organization_id, run_id = uuid4(), new_id()
        connection = await asyncpg.connect(self.superuser)
        await connection.execute(
            "insert into organizations (organization_id, slug, name, timezone, currency, billing_day, due_days,"
            " is_test, version) values ($1, $2, 'Bench', 'UTC', 'USD', 1, 15, false, 1)",
            organization_id, organization_id.hex,
        )  # fmt: skip
        await connection.execute(
            "insert into runs (organization_id, run_id, period, skip_existing, state, requested_at)"
            " values ($1, $2, $3, true, 'billing', $4)",
            organization_id, run_id, PERIOD, AT,
        )  # fmt: skip
        pairs = [(new_id(), new_id()) for _ in range(customers)]
        for table, rows in (
            ("customers", (_customer(organization_id, c) for c, _ in pairs)),
            ("contracts", (_contract(organization_id, c, k) for c, k in pairs)),
            ("usage_totals", (row for n, (_, k) in enumerate(pairs) for row in _usage(organization_id, k, n))),
        ):
            await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table])
        await connection.execute("analyze")
        await connection.close()
        return organization_id, run_id

    async def check(self, organization_id: UUID, customers: int) -> None:
        """Every customer has one invoice and one claim; the numbers have no gap."""
        connection = await asyncpg.connect(self.superuser)
        made, last, units = await connection.fetchrow(
            "select count(distinct customer_id), max(number), min(length(body)) from invoices"
            " where organization_id = $1", organization_id,
        )  # fmt: skip
        claims = await connection.fetchval("select count(*) from entries where organization_id = $1", organization_id)
        await connection.close()
        assert (made, claims, last) == (customers, customers, f"INV-{customers:06}"), (made, claims, last, units)

    async def plain(self) -> None:
        """Tables for the limit, as wide as what an invoice writes."""
        connection = await asyncpg.connect(self.superuser)
        await connection.execute(
            "create table plain_bills (id uuid primary key, owner uuid, body bytea);"
            "create table plain_entries (id uuid primary key, owner uuid, body jsonb);"
            "create table plain_events (id bigserial primary key, body bytea);"
            "create table plain_counter (id int primary key, last int); insert into plain_counter values (1, 0)"
        )
        await connection.close()


COLUMNS = {
    "customers": (
        "organization_id", "customer_id", "name", "email", "is_active", "on_billing_hold", "in_default", "version",
    ),
    "contracts": ("organization_id", "contract_id", "customer_id", "currency", "terms", "version"),
    "usage_totals": ("organization_id", "contract_id", "period", "unit_id", "segment", "body"),
}  # fmt: skip


def _customer(organization_id: UUID, customer_id: UUID) -> tuple[Any, ...]:
    return organization_id, customer_id, "Customer", "c@bench.test", True, False, False, 1


def _contract(organization_id: UUID, customer_id: UUID, contract_id: UUID) -> tuple[Any, ...]:
    terms: dict[str, Any] = {
        "number": "C-1", "customer_id": str(customer_id), "type": "hosted", "plan": "usage", "start_on": "2025-01-01",
        "end_on": None, "start_at": "2025-01-01T00:00:00Z", "end_at": None, "currency": "USD", "timezone": "UTC",
        "rates": [{"from_at": "2025-01-01T00:00:00Z", "rate_per_kwh": "0.0725"}],
        "billing_methods": ["metered", "hash"],
        "failover": None, "sites": [], "extras": {},
    }  # fmt: skip
    return organization_id, contract_id, customer_id, "USD", json.dumps(terms), 1


def _usage(organization_id: UUID, contract_id: UUID, number: int) -> Iterator[tuple[Any, ...]]:
    """A month of each unit as it is kept: mostly metered, some hours by hashrate, with a fraction that does not end."""
    for n in range(UNITS):
        kwh, hash_kwh = Fraction(2_400_000 + 7 * number + n, 1000) + Fraction(1, 7), Fraction(10 + n, 3)
        unit_id = new_id()
        total = UnitUsage(
            str(unit_id), str(contract_id), *MARCH,
            by_method={
                LineMethod.METERED: MethodUsage(kwh, Fraction(740)),
                LineMethod.HASH: MethodUsage(hash_kwh, Fraction(4)),
            },
            compared_billed_kwh=kwh + hash_kwh, compared_pdu_kwh=kwh, compared_hours=Fraction(740),
            up_hours=Fraction(740), down_hours=Fraction(4), rated_w=Fraction(3500), rated_ths=Fraction(200),
        )  # fmt: skip
        yield organization_id, contract_id, PERIOD, unit_id, "|3500|200", packed(total)


async def _work(url: str, warm: tuple[str, str], measured: tuple[str, str], number: int) -> None:
    """A worker's shards of a run, each page by page, as the workflow asks for them; after a few bills to warm up."""
    database = Database(url)
    run = BillingRunActivities(database, Delivery(database, None, None))  # type: ignore[arg-type]

    async def pages(of: tuple[str, str], shard: int) -> None:
        order = RunOrder(*of, AT, None, shard, SHARDS)
        while (done := await run.bill_page(order)).after is not None:
            order.after = done.after

    shards = range(number, SHARDS, PROCESSES)
    await asyncio.gather(*(pages(warm, n) for n in shards))
    await _ready()
    await asyncio.gather(*(pages(measured, n) for n in shards))
    await database.close()


async def _plain(url: str, count: int) -> None:
    """Bare transactions: set the tenant, read, write a bill, an entry, an event, and take a number."""
    connection = await asyncpg.connect(url)
    body, entry = os.urandom(1800), json.dumps([{"account": "receivable", "amount": "100"}] * 4)
    await _ready()
    for _ in range(count):
        one = uuid4()
        async with connection.transaction():
            await connection.execute("select set_config('app.organization_id', $1, true)", str(one))
            await connection.fetchrow("select * from plain_bills where id = $1", one)
            await connection.execute("insert into plain_entries values ($1, $2, $3)", one, one, entry)
            await connection.execute("insert into plain_bills values ($1, $2, $3)", one, one, body)
            await connection.execute("insert into plain_events (body) values ($1)", body[:500])
            await connection.fetchval("update plain_counter set last = last + 1 where id = 1 returning last")
    await connection.close()


async def _ready() -> None:
    """Says so, and waits for the start."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def timed(*arguments: list[str]) -> float:
    """Seconds from the common start of these processes to the end of the last one."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, __file__, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for words in arguments
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    started = perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
    assert [await process.wait() for process in processes] == [0] * len(processes)
    return perf_counter() - started


async def _measure(stack: Stack, sizes: tuple[int, ...]) -> list[Figure]:
    environment = {**os.environ, **stack.service_environment("invoicing")}
    migrating = await asyncio.create_subprocess_exec(sys.executable, "-m", "invoicing.main", "migrate", env=environment)
    assert await migrating.wait() == 0
    books = Books(stack)
    await books.plain()
    each = 1500
    limit = PROCESSES * each / await timed(*[["plain", books.superuser, str(each)] for _ in range(PROCESSES)])
    figures = []
    for customers in sizes:
        ids = [*await books.seed(WARM), *await books.seed(customers)]
        rate = customers / await timed(*[["work", books.app, *map(str, ids), str(n)] for n in range(PROCESSES)])
        await books.check(ids[2], customers)
        name = f"invoices of {UNITS} units, {customers:,} customers (invoices/s)"
        figures.append(Figure(name, rate, limit, rate / limit, MUST_INVOICES_S))
    first, last = figures[0], figures[-1]
    kept = f"rate kept from {sizes[0]:,} to {sizes[-1]:,} customers (share)"
    figures.append(Figure(kept, last.value / first.value, 1, last.value / first.value, 0.8))
    return figures


@contextmanager
def _stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), parts=("postgres",), durable=False) as stack:
        yield stack


def bench(sizes: tuple[int, ...] = (SMALL, LARGE)) -> list[Figure]:
    """Invoices a second at two sizes, and how much of the rate the larger one keeps."""
    with _stack() as stack:
        return asyncio.run(_measure(stack, sizes))


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        url, *ids = sys.argv[2:7]
        asyncio.run(_work(url, (ids[0], ids[1]), (ids[2], ids[3]), int(sys.argv[7])))
    elif sys.argv[1:2] == ["plain"]:
        asyncio.run(_plain(sys.argv[2], int(sys.argv[3])))
    else:
        for figure in bench(FULL if "full" in sys.argv else (SMALL, LARGE)):
            print(
                f"{figure.name:62} {figure.value:10,.2f}  limit {figure.limit:10,.2f}  ratio {figure.ratio:5.3f}"
                f"  must {figure.must:8,.2f}  {'ok' if figure.value >= figure.must else 'TOO SLOW'}"
            )
