"""P6: what gateway and forward-auth cost a read, with 200 clients at once, against the bare service in the same run.

Each client has a key of its own and one kept connection. Runs with and without the gateway alternate; medians count.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from hostbook.engines.stack import Stack
from support.speed import figures
from support.speed.figures import Figure, middle
from support.speed.readers import Asked, Reading
from support.speed.site import Site, open_site

PARTS = ("postgres", "kafka", "identity", "gateway")
TESTS = Path(__file__).parents[1]
CLIENTS, ROUNDS, SECONDS = 200, 3, 6
WORST = 2.5
PATH = "/v1/pdus?limit=20"


async def asked(reading: Reading) -> Asked:
    """What the readers' process tells; every read must have been answered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.speed.readers", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    told, _ = await process.communicate(json.dumps(asdict(reading)).encode())
    found = Asked(**json.loads(told))
    assert set(found.statuses) == {"200"}, found.statuses
    return found


async def measure(stack: Stack) -> list[Figure]:
    """Rates and the slowest hundredth, with the gateway and without."""
    async with open_site(stack) as (site, _):
        keys = await site.collector_keys(CLIENTS)
        with_it, without = [], []
        for _ in range(ROUNDS):
            without.append(await asked(_bare(site)))
            with_it.append(await asked(Reading(stack.port("gateway"), keys, PATH, SECONDS)))
    for name, runs in (("bare", without), ("gateway", with_it)):
        said = ", ".join(f"{one.answers_s:,.0f}/s p50 {one.p50_ms:.0f} p99 {one.p99_ms:.0f} ms" for one in runs)
        print(f"  {name}: {said}", flush=True)
    rate, limit = (middle([one.answers_s for one in runs]) for runs in (with_it, without))
    slow, quick = (middle([one.p99_ms for one in runs]) for runs in (with_it, without))
    return [
        figures.of("P6 reads through the gateway (requests/s)", rate, limit, must=limit / WORST),
        figures.of("P6 p99 of a read through the gateway (ms)", slow, quick, must=-quick * WORST),
    ]


def _bare(site: Site) -> Reading:
    """Past the gateway, with the token that it would add."""
    return Reading(site.stack.port("metering"), [site.token()] * CLIENTS, PATH, SECONDS)


def bench() -> list[Figure]:
    """Start the engines for this run alone and measure."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Stack(Path(folder), parts=PARTS, durable=False) as stack,
    ):
        return asyncio.run(measure(stack))
