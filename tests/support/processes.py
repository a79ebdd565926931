"""Programs under test as real processes on free ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def listening(port: int, *, within_s: float = 10) -> None:
    """Returns when something accepts connections there; fails after `within_s`."""
    until = monotonic() + within_s
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if monotonic() > until:
                raise
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


@dataclass(slots=True)
class Program:
    """A Python module run as a process; it can be killed hard and started again with the same arguments."""

    module: str
    arguments: Sequence[str]
    port: int
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", self.module, *self.arguments)
        await listening(self.port)

    async def kill(self) -> None:
        """SIGKILL: no chance to put anything in order."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@asynccontextmanager
async def mail_sink(folder: Path) -> AsyncIterator[Program]:
    """A mail server that keeps what it takes as files of the folder; `port` is where it listens."""
    port = free_port()
    sink = Program("hostbook.fakes.mail", ("--smtp-port", str(port), "--dir", str(folder)), port)
    await sink.start()
    yield sink
    await sink.stop()
