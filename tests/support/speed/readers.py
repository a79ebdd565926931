"""Readers as a process of their own: each asks again as soon as it is answered, for so many seconds.

Run as `python -m support.speed.readers` with a `Reading` as JSON on standard input; the `Asked` is written as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from time import monotonic

from support.speed.http import Caller


@dataclass(frozen=True)
class Reading:
    """`headers`: those of each reader. The first `warm_s` seconds do not count."""

    port: int
    headers: list[dict[str, str]]
    path: str
    seconds: float
    warm_s: float = 2


@dataclass(frozen=True)
class Asked:
    """Answers a second, and milliseconds from asked to answered."""

    answers_s: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]


async def read(reading: Reading) -> Asked:
    """All readers at once."""
    begun_s = monotonic() + reading.warm_s
    until_s, waited, statuses = begun_s + reading.seconds, list[float](), Counter[str]()

    async def one(headers: dict[str, str]) -> None:
        async with Caller("127.0.0.1", reading.port, headers) as caller:
            while (asked_s := monotonic()) < until_s:
                status, _ = await caller.get(reading.path)
                if asked_s >= begun_s:
                    statuses[str(status)] += 1
                    waited.append((monotonic() - asked_s) * 1000)

    await asyncio.gather(*(one(headers) for headers in reading.headers))
    waited.sort()
    p50, p99 = (waited[min(len(waited) - 1, int(len(waited) * share))] for share in (0.5, 0.99))
    return Asked(len(waited) / reading.seconds, p50, p99, dict(statuses))


def main() -> None:
    reading = Reading(**json.loads(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(asyncio.run(read(reading)))))


if __name__ == "__main__":
    main()
