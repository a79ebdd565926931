"""Everything that can befall the way of a read, each from its beginning to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hostbook.engines.stack import Stack
from support.roles import Roles
from support.storm.disk import Disk
from support.storm.link import Link
from support.storm.split_service import SplitService

Strokes = dict[str, Callable[[], Awaitable[None]]]
_PATIENCE_S = 120


@dataclass
class Line:
    """The engines with a small disk, the service in three processes, and the collectors' link."""

    stack: Stack
    disk: Disk
    service: SplitService
    link: Link

    @property
    def roles(self) -> Roles:
        return self.service.roles


def strokes_at(line: Line, pause_s: float) -> Strokes:
    """Kill -9, a pause and a restart of each part in turn; then the disk, then the link."""
    return {
        **_of_role(line, "consumer", pause_s),
        **_of_role(line, "api", pause_s),
        **_of_engine(line, "kafka", pause_s),
        **_of_engine(line, "postgres", pause_s),
        **_of_surroundings(line, pause_s),
    }


def _of_engine(line: Line, name: str, pause_s: float) -> Strokes:
    async def kill() -> None:
        await asyncio.to_thread(line.stack.kill, name)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(line.stack.wait_ready, name, _PATIENCE_S)

    async def pause() -> None:
        line.stack.pause(name)
        await asyncio.sleep(pause_s)
        line.stack.resume(name)

    async def restart() -> None:
        await asyncio.to_thread(line.stack.stop, name)
        await asyncio.to_thread(line.stack.start, name, _PATIENCE_S)

    return {f"kill {name}": kill, f"pause {name}": pause, f"restart {name}": restart}


def _of_role(line: Line, name: str, pause_s: float) -> Strokes:
    async def kill() -> None:
        await line.roles.kill(name)
        await line.roles.start(name)

    async def pause() -> None:
        line.roles.pause(name)
        await asyncio.sleep(pause_s)
        line.roles.resume(name)

    async def restart() -> None:
        await line.roles.stop(name)
        await line.roles.start(name)

    return {f"kill {name}": kill, f"pause {name}": pause, f"restart {name}": restart}


def _of_surroundings(line: Line, pause_s: float) -> Strokes:
    async def fill_the_disk() -> None:
        line.disk.fill(line.stack)
        await asyncio.sleep(pause_s)
        line.disk.free()
        await asyncio.to_thread(line.stack.wait_ready, "postgres", _PATIENCE_S)

    async def cut_the_link() -> None:
        await line.link.cut()
        await asyncio.sleep(pause_s / 2)
        await line.link.mend()

    return {"fill the disk": fill_the_disk, "cut the link": cut_the_link}
