"""Metering at speed: from HTTP to committed, to visible usage, to derived months (issue 5, section 4).

API, consumers and collectors are processes of their own, as in production. The limit is plain COPY of one row per
read with a unique index, into the same PostgreSQL; runs and limits alternate, and medians count.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from common.clock import add_months
from common.db import Database
from hostbook.engines.stack import Stack
from metering.use_cases.derive_days import Days
from support.speed import figures
from support.speed.deriving import A_DAY, seconds_for, stored_month
from support.speed.figures import Figure, middle
from support.speed.site import OUTLETS, Site, open_site, until
from support.speed.taking import committed, job, plain_copy, taken_by, visible_ms

PARTS = ("postgres", "kafka", "identity", "gateway")
ROUNDS = 3
POLLS = 40_000
COLLECTORS = 200
UNITS = 50 * OUTLETS
VISIBLE_S = 15
MUST_BYTES, AIM_BYTES = 24, 16
MUST_POST_MS, AIM_POST_MS = 250, 100
MUST_VISIBLE_MS, AIM_VISIBLE_MS = 2_000, 500
MUST_MEMORY_MB = 300
MUST_GROWTH = 1.1
AIM_READS_S, AIM_DERIVED_S = 500_000, 2_000_000


def months() -> Iterator[datetime]:
    """A month for each run, so that each has a partition of its own."""
    for number in count():
        day = add_months(date(2020, 1, 1), number)
        yield datetime(day.year, day.month, 1, tzinfo=UTC)


async def taking(site: Site, admin: Any, month: Iterator[datetime]) -> tuple[float, list[Figure]]:
    """P1 and P4: reads a second, the limit beside it."""
    await committed(admin, job(site, POLLS // 2, next(month)))
    rates, limits, used = [], [], next(month)
    for _ in range(ROUNDS):
        used = next(month)
        rates.append((await committed(admin, job(site, POLLS, used)))[0])
        limits.append(await plain_copy(admin, 480_000))
    rate, limit = middle(rates), middle(limits)
    partition = f"evidence_parts.polls_{used:%Y_%m}"
    size = await admin.fetchval(f"select pg_total_relation_size('{partition}')") / POLLS / OUTLETS
    return (
        rate,
        [
            figures.of("P1 HTTP to committed (reads/s)", rate, limit, must=limit, aim=AIM_READS_S),
            figures.of("P4 on disk, indexes included (bytes/read)", size, AIM_BYTES, must=-MUST_BYTES, aim=-AIM_BYTES),
        ],
    )


async def through_the_gateway(site: Site, admin: Any, month: Iterator[datetime], p1: float) -> list[Figure]:
    """P1b: 200 collectors, each with a key of its own; together they send half of what P1 takes."""
    keys = await site.collector_keys(COLLECTORS)
    behind = {"port": site.stack.port("gateway"), "headers": keys, "in_a_post": 125}
    await committed(admin, job(site, COLLECTORS * 125, next(month), **behind, posts_s=100))
    pace = p1 / 2 / OUTLETS / 125
    polls = int(pace * 10) * 125
    rate, result = await committed(admin, job(site, polls, next(month), **behind, posts_s=pace))
    full, _ = await committed(admin, job(site, POLLS, next(month), **(behind | {"headers": keys[:8]})))
    p50, p99 = result.percentile_ms(50), result.percentile_ms(99)
    print(f"  through the gateway at {rate:,.0f} reads/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    return [
        figures.of("P1b p99 of a POST, 200 collectors send half of P1 (ms)", p99, AIM_POST_MS,
                   must=-MUST_POST_MS, aim=-AIM_POST_MS),
        figures.of("P1b HTTP to committed through the gateway (reads/s)", full, p1, must=0),
    ]  # fmt: skip


async def memory(site: Site) -> list[Figure]:
    """The most that API and consumer ever held."""
    return [
        figures.of(f"memory of the {name}, peak (MB)", site.roles.peak_mb(name), MUST_MEMORY_MB, must=-MUST_MEMORY_MB)
        for name in ("api", "consumer")
    ]


async def visible(site: Site, month: Iterator[datetime], rate: float) -> list[Figure]:
    """P3, at half of P1."""
    pace = rate / 2 / OUTLETS / 250
    load = job(site, int(pace * (VISIBLE_S + 3)) * 250, next(month), posts_s=pace)
    waited = sorted(await visible_ms(site, load, VISIBLE_S))
    p99 = waited[int(len(waited) * 0.99)]
    print(f"  {len(waited)} reads visible: p50 {waited[len(waited) // 2]:.0f} ms, p99 {p99:.0f} ms", flush=True)
    return [
        figures.of("P3 accepted to visible, p99 at half of P1 (ms)", p99, AIM_VISIBLE_MS, must=-MUST_VISIBLE_MS,
                   aim=-AIM_VISIBLE_MS),
    ]  # fmt: skip


async def shared(site: Site, admin: Any, month: Iterator[datetime], rate: float) -> list[Figure]:
    """Two consumers of one group: both take part, and nothing comes twice."""
    await site.roles.start("consumer-2")

    async def do_both_work() -> bool:
        await committed(admin, job(site, 2_000, next(month)))
        return await taken_by(site, "consumer-2") > 0

    await until(do_both_work)
    before = {name: await taken_by(site, name) for name in ("consumer", "consumer-2")}
    pair = middle([(await committed(admin, job(site, POLLS, next(month))))[0] for _ in range(2)])
    parts = [await taken_by(site, name) - before[name] for name in before]
    print(f"  two consumers took over {parts[0]:,.0f} and {parts[1]:,.0f} polls", flush=True)
    return [figures.of("P1 with two consumers sharing the partitions (reads/s)", pair, rate, must=0)]


async def derived(site: Site, admin: Any) -> list[Figure]:
    """P7: a month of 1,200 units at five minutes; and of a tenth of them.

    Both hang on whole PDUs, in parts of ten: a poll is read with all its outlets, so that 100 units on 4.2 PDUs would
    cost as much as 120.
    """
    database = Database(site.stack.database_url("metering", "app"))
    month = Days(date(2025, 3, 1), date(2025, 3, 31), "UTC")
    units = await stored_month(site, database, admin, month, UNITS)
    few, many = [], []
    for _ in range(ROUNDS):
        few.append(await seconds_for(site, database, units[: UNITS // 10], month))
        many.append(await seconds_for(site, database, units, month))
    await database.close()
    reads = UNITS * len(month.each) * A_DAY
    rate, growth = reads / middle(many), middle(many) / middle(few) / 10
    return [
        figures.of(
            f"P7 a month of {UNITS:,} units, stored to usage (reads/s)", rate, AIM_DERIVED_S, must=0, aim=AIM_DERIVED_S
        ),
        figures.of("P7 ten times the units, time over ten times", growth, 1, must=-MUST_GROWTH, aim=-1),
    ]


async def measure(stack: Stack) -> list[Figure]:
    """All figures in one run."""
    month = months()
    async with open_site(stack) as (site, admin):
        rate, found = await taking(site, admin, month)
        found += await through_the_gateway(site, admin, month, rate)
        found += await visible(site, month, rate)
        found += await memory(site)
        found += await shared(site, admin, month, rate)
        found += await derived(site, admin)
    return found


def bench() -> list[Figure]:
    """Start the engines for this run alone and measure."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Stack(Path(folder), parts=PARTS, durable=False) as stack,
    ):
        return asyncio.run(measure(stack))
