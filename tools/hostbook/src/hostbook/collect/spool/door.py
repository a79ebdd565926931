"""The spool for tasks: its calls run on one thread, and puts that come together are committed together."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

import structlog

from common.errors import RuleBroken
from hostbook.collect.spool.store import Entry, Kind, Spool

T = TypeVar("T")
MOST_HELD = 50_000
_AGAIN_S = 2
_log = structlog.get_logger()


class SpoolTaken(RuleBroken):
    """Another collector works with this spool."""

    code = "spool_taken"


class Door:
    """Opens and closes the spool. While the disk refuses, what is read waits in memory, at most MOST_HELD entries."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: deque[Entry] = deque()
        self.dropped = 0
        self.arrived = {kind: asyncio.Event() for kind in Kind}
        self._thread = ThreadPoolExecutor(1, "spool")
        self._writing: asyncio.Task[None] | None = None
        self._lock: IO[str] | None = None

    async def __aenter__(self) -> Door:
        self._lock = await asyncio.to_thread(_locked, self.path)
        self._spool = await self._run(lambda: Spool(self.path))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writing:
            await self._writing
        if self.held:
            await self._commit()
        await self._run(self._spool.close)
        self._thread.shutdown()
        if self._lock:
            self._lock.close()

    async def ask(self, call: Callable[[Spool], T]) -> T:
        """Any call of the spool, in its turn."""
        return await self._run(lambda: call(self._spool))

    async def put(self, entries: Sequence[Entry]) -> None:
        """Returns when these are on disk; if the disk refuses, at once, and they wait in memory."""
        self.held.extend(entries)
        while len(self.held) > MOST_HELD:
            self.held.popleft()
            self.dropped += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        while self.held:
            if not await self._commit():
                asyncio.get_running_loop().call_later(_AGAIN_S, self._try_again)
                return

    def _try_again(self) -> None:
        if self.held and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write())

    async def _commit(self) -> bool:
        together, dropped = list(self.held), self.dropped
        try:
            await self.ask(lambda spool: spool.put(together))
        except sqlite3.Error as error:
            _log.error("spool.refused", reason=str(error), waiting_in_memory=len(self.held), remedy="free the disk")
            return False
        for _ in range(len(together) - (self.dropped - dropped)):
            self.held.popleft()
        for kind in {entry.kind for entry in together}:
            self.arrived[kind].set()
        return True

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _locked(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise SpoolTaken(
            f"Another collector works with {path}.", field="spool", remedy="one process per site, or another spool"
        ) from None
    return lock
