"""Fake PDUs, a receiver and collectors as processes, on loopback addresses of their own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from common.clock import instant_text, wall_now
from hostbook.collect.clock import VARIABLE, FastClock
from hostbook.collect.secret_store import SecretStore
from support.processes import free_port, listening

AGENT_PORT = 16161
_PATIENCE_S = 120  # a busy machine may take its time; nothing is measured here

_started: list[asyncio.subprocess.Process] = []


def network() -> str:
    """Three octets that nobody else is likely to use now."""
    return f"127.{random.randrange(64, 250)}.{random.randrange(1, 250)}"


@dataclass(slots=True)
class Agents:
    """`python -m hostbook.fakes.snmp`: every agent of a site file, whose faults may be rewritten."""

    folder: Path
    agents: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None

    @property
    def path(self) -> Path:
        return self.folder / "agents.json"

    async def __aenter__(self) -> Agents:
        self.write([])
        words = (sys.executable, "-m", "hostbook.fakes.snmp", str(self.path))
        self._process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, env={**os.environ, **self.environment}
        )
        assert self._process.stdout
        assert (await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE_S)).strip() == b"ready"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        self._process.terminate()
        await self._process.wait()

    def write(self, faults: list[dict[str, Any]]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"agents": self.agents, "faults": faults}))
        fresh.replace(self.path)

    async def fault(self, agent: str, kind: str, **more: Any) -> None:
        """Exactly this goes wrong from now on."""
        self.write([{"agent": agent, "kind": kind, "from_at": instant_text(wall_now()), **more}])
        await asyncio.sleep(0.2)

    async def mend(self) -> None:
        self.write([])
        await asyncio.sleep(0.2)


@dataclass(slots=True)
class Receiver:
    """`support/receiver.py`: takes batches as the gateway does, and can be told to misbehave."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        program = Path(__file__).with_name("receiver.py")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(program), str(self.port), str(self.folder)
        )
        await listening(self.port)

    async def kill(self) -> None:
        assert self._process
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def behave(self, **how: Any) -> None:
        """`status`, `retry_after`, `most` entries a call, `refuse` a PDU by name, `pdus` registered, `skew_s`;
        `collector`: status and body of GET /v1/collector."""
        fresh = self.folder / "behaviour.new"
        fresh.write_text(json.dumps(how))
        fresh.replace(self.folder / "behaviour.json")

    def taken(self, kind: str = "polls") -> list[dict[str, Any]]:
        """Every entry that was ever accepted, also twice."""
        path = self.folder / f"{kind}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@dataclass(slots=True)
class Collector:
    """`hostbook collect` with a configuration in a folder, perhaps on a clock that runs faster than the wall."""

    folder: Path
    content: dict[str, Any]
    speed: int = 1
    _process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        (self.folder / "collect.json").write_text(json.dumps(self.content))

    @property
    def status(self) -> dict[str, Any]:
        path = self.folder / "status.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def environment(self) -> dict[str, str]:
        if self.speed == 1:
            return dict(os.environ)
        at = wall_now()
        fast = FastClock(at, at - timedelta(days=30), at, self.speed)
        return {**os.environ, VARIABLE: str(fast)}

    async def run(self, *words: str, given: str = "") -> tuple[int, str, str]:
        """A command to its end: exit code, output, errors."""
        process = await self._exec(words, asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(process.communicate(given.encode()), _PATIENCE_S)
        return process.returncode or 0, out.decode(), err.decode()

    def set_key(self) -> None:
        SecretStore(self.folder / "secrets.json", self.folder / "collect.key").keep("gateway-key", "key-of-the-site")

    async def start(self) -> None:
        self._process = await self._exec((), asyncio.subprocess.DEVNULL)
        _started.append(self._process)

    async def stop(self) -> None:
        assert self._process
        self._process.terminate()
        assert await asyncio.wait_for(self._process.wait(), _PATIENCE_S) == 0

    async def kill(self) -> None:
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def _exec(self, words: tuple[str, ...], pipes: int) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "hostbook", "collect", "-c", str(self.folder / "collect.json"), *words)
        errors = asyncio.subprocess.PIPE if pipes == asyncio.subprocess.PIPE else (self.folder / "log").open("ab")
        return await asyncio.create_subprocess_exec(
            *command, stdin=pipes, stdout=pipes, stderr=errors, env=self.environment()
        )


async def none_left() -> None:
    """Kill collectors that a failed test left behind."""
    while _started:
        process = _started.pop()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def eventually(what: Any, *, within_s: int = 120) -> Any:
    """The first true answer of a call; fails with the last one."""
    until = wall_now() + timedelta(seconds=within_s)
    while not (found := what()):
        assert wall_now() < until, f"not within {within_s} s: {found!r}"
        await asyncio.sleep(0.05)
    return found


def began_at(hours_ago: int) -> datetime:
    return wall_now().replace(microsecond=0) - timedelta(hours=hours_ago)


async def metrics_of(port: int) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/metrics")).text
