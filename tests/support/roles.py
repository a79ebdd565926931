"""The roles of one service as processes of their own, as in production; each can be killed, paused, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx

from hostbook.engines.stack import Stack
from support.processes import free_port


class Roles:
    """`names` are roles (`api`, `consumer`, `relay`); a second process of a role is named `consumer-2`.

    `ports` fixes some of them; `extra` overrides the environment that the stack gives the service.
    """

    def __init__(self, stack: Stack, service: str, names: Iterable[str], ports: dict[str, int], **extra: str) -> None:
        self._service = service
        self._environment = {**os.environ, **stack.service_environment(service), **extra}
        self.ports = {name: ports.get(name) or free_port() for name in names}
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def migrate(self) -> None:
        """Bring the database to its newest schema."""
        process = await self._run("migrate", self._environment)
        assert await process.wait() == 0

    async def start(self, *names: str) -> None:
        """Start the named ones (all, if none is named), and wait until each says that it is ready."""
        for name in names or self.ports:
            environment = self._environment | {"PORT": str(self.ports[name])}
            self._processes[name] = await self._run(name.split("-")[0], environment)
        for name in names or self.ports:
            await self.wait_ready(name)

    async def _run(self, role: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"{self._service}.main", role, env=environment, stdout=asyncio.subprocess.DEVNULL
        )

    async def wait_ready(self, name: str, within_s: float = 120) -> None:
        async with asyncio.timeout(within_s):
            while not await self.is_ready(name):
                assert self._processes[name].returncode is None, f"{name} of {self._service} has ended"
                await asyncio.sleep(0.05)

    async def is_ready(self, name: str) -> bool:
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                return (await client.get(f"{self.url(name)}/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def peak_mb(self, name: str) -> float:
        """The most memory that the process ever had."""
        lines = Path(f"/proc/{self.pid(name)}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    async def kill(self, name: str) -> None:
        """SIGKILL, in whatever state it is, and wait until it is gone."""
        await self._end(name, signal.SIGKILL)

    async def stop(self, *names: str) -> None:
        """SIGTERM: what is under way is finished."""
        for name in names or self._processes:
            await self._end(name, signal.SIGTERM)

    async def _end(self, name: str, number: signal.Signals) -> None:
        process = self._processes[name]
        if process.returncode is None:
            process.send_signal(number)
            await process.wait()

    def pause(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGCONT)
