"""Collectors as a process of their own: they post polls, as fast as they are answered or at a pace, and take times.

Run as `python -m support.speed.collectors` with a `Job` as JSON on standard input; the `Result` is written as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from support.speed.http import Caller

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """`headers`: those of each collector. `posts_s`: how many posts a second all of them send; 0: no pace.

    A pace is kept whatever the answers take, and a post that has to wait for its collector counts from when it was due.
    """

    port: int
    headers: list[dict[str, str]]
    pdus: list[str]
    outlets: int
    polls: int
    in_a_post: int
    first_at: str
    posts_s: float = 0


@dataclass(frozen=True)
class Result:
    """Instants of the monotonic clock, which all processes share; milliseconds from due to answered of every post."""

    begun_s: float
    ended_s: float
    waited_ms: list[float]
    statuses: dict[str, int]

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.waited_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def bodies(job: Job) -> list[bytes]:
    """Posts of polls, PDU after PDU, a poll of each every five minutes."""
    first_at = datetime.fromisoformat(job.first_at)
    polls: list[dict[str, Any]] = []
    for number in range(job.polls):
        turn, pdu = divmod(number, len(job.pdus))
        energy = [1_000_000 + turn * 290 + outlet for outlet in range(job.outlets)]
        at = (first_at + timedelta(minutes=5 * turn)).isoformat()
        polls.append({"pdu": job.pdus[pdu], "polled_at": at, "energy_wh": energy, "power_w": [3480] * job.outlets})
    step = job.in_a_post
    return [json.dumps({"polls": polls[n : n + step]}).encode() for n in range(0, len(polls), step)]


async def press(job: Job) -> Result:
    """Post everything; each collector has one connection and one call at a time."""
    waiting = list(reversed(list(enumerate(bodies(job)))))
    waited, statuses = [], Counter[str]()
    begun_s = monotonic() + (0.2 if job.posts_s else 0)

    async def collector(headers: dict[str, str]) -> None:
        async with Caller("127.0.0.1", job.port, headers) as caller:
            while waiting:
                number, body = waiting.pop()
                due_s = begun_s + number / job.posts_s if job.posts_s else monotonic()
                await asyncio.sleep(max(0.0, due_s - monotonic()))
                status, answer = await caller.post("/v1/readings", body)
                waited.append((monotonic() - due_s) * 1000)
                statuses["202" if status == 202 else f"{status} {answer[:300].decode(errors='replace')}"] += 1

    await asyncio.gather(*(collector(headers) for headers in job.headers))
    return Result(begun_s, monotonic(), waited, dict(statuses))


async def start(job: Job) -> asyncio.subprocess.Process:
    """The process, with its job told."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.speed.collectors", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(job)).encode())
    process.stdin.close()
    return process


async def result_of(process: asyncio.subprocess.Process) -> Result:
    """What the process has measured; every post must have been taken."""
    out, _ = await process.communicate()
    result = Result(**json.loads(out))
    assert set(result.statuses) == {"202"}, result.statuses
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(press(Job(**json.load(sys.stdin)))))))
