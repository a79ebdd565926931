"""One site: every device in its own rhythm, every poll into the spool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from common.errors import RuleBroken
from hostbook.collect.clock import now, sleep
from hostbook.collect.config import Config, DeviceEntry
from hostbook.collect.driver import Answer, Failure, MinerRead
from hostbook.collect.ending import end
from hostbook.collect.keeping import Keeper
from hostbook.collect.reader import Reader, Turns
from hostbook.collect.scans import Scan
from hostbook.collect.schedule import offset_of, slot_after
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Entry, Kind

_log = structlog.get_logger()


class Site:
    """Readers of a site's devices. What cannot even be built stands in `refused` by device, the others are read."""

    def __init__(self, config: Config, secrets: Mapping[str, str], door: Door) -> None:
        self._config, self._secrets = config, secrets
        self.keeper = Keeper(door)
        self._turns = Turns(config.limits.at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self.readers: dict[str, Reader] = {}
        self.refused: dict[str, RuleBroken] = {}

    def take(self, devices: Iterable[DeviceEntry]) -> list[Reader]:
        """The devices to read from now on; those that are as they were go on undisturbed. Returns who has to go."""
        wanted = {device.name: device for device in devices}
        gone = [reader for name, reader in self.readers.items() if wanted.get(name) != reader.entry]
        for reader in gone:
            del self.readers[reader.entry.name]
        self.refused = {}
        for name, entry in wanted.items():
            if name not in self.readers:
                try:
                    device = entry.device(self._secrets, self._config.folder)
                    self.readers[name] = Reader(entry, device, self._config.limits, self._turns)
                except RuleBroken as bad:
                    self.refused[name] = bad
                    _log.error("device.refused", device=name, field=bad.field, reason=bad.message, remedy=bad.remedy)
        return gone

    async def begin(self, devices: Iterable[DeviceEntry]) -> None:
        """Take these devices and read them for ever, in the background."""
        for reader in self.take(devices):
            await self._end(f"pdu/{reader.entry.name}")
            await reader.close()
        for reader in self.readers.values():
            if not reader.entry.is_miner:
                self._go(f"pdu/{reader.entry.name}", partial(self._poll_for_ever, reader))
        await self._scan_in_groups()

    async def close(self) -> None:
        """Stop reading. What was read is in the spool."""
        await end(self._tasks.values())
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for reader in self.readers.values():
            await reader.close()

    async def once(self) -> None:
        """Read every device one time, now."""
        pdus = [reader for reader in self.readers.values() if not reader.entry.is_miner]
        at = now()
        scans = (self._scan(at, interval_s, readers) for interval_s, readers in self._groups().items())
        await asyncio.gather(*(self.poll(reader) for reader in pdus), *scans)

    async def poll(self, reader: Reader) -> Answer:
        """One read of one device, kept."""
        answer = await reader.read()
        if isinstance(answer, tuple):
            await self._kept(self.keeper.keep(reader.entry, answer))
        return answer

    def interval_of(self, entry: DeviceEntry) -> int:
        schedule = self._config.schedule
        return entry.interval_s or (schedule.miners_s if entry.is_miner else schedule.pdus_s)

    def _go(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        if name not in self._tasks or self._tasks[name].done():
            self._tasks[name] = asyncio.create_task(work(), name=name)

    async def _kept(self, keeping: Coroutine[None, None, None]) -> None:
        """What was read is kept although the one who read it is told to stop; a surprise is told and ends nothing."""
        task = asyncio.create_task(keeping)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        try:
            await asyncio.shield(task)
        except Exception:
            _log.exception("spool.surprise")

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task:
            await end([task])

    async def _poll_for_ever(self, reader: Reader) -> None:
        """Slots that pass while a read lasts are left out: one request at a time to a device."""
        interval_s = self.interval_of(reader.entry)
        offset = offset_of(reader.entry.name, self._config.schedule.spread_s, interval_s)
        while True:
            await _until(slot_after(now() - offset, interval_s) + offset)
            await self.poll(reader)

    def _groups(self) -> dict[int, list[Reader]]:
        """Miners by interval: those of one interval are one scan of the site."""
        groups: dict[int, list[Reader]] = {}
        for reader in self.readers.values():
            if reader.entry.is_miner:
                groups.setdefault(self.interval_of(reader.entry), []).append(reader)
        return groups

    async def _scan_in_groups(self) -> None:
        groups = self._groups()
        for name in [name for name in self._tasks if name.startswith("scan/")]:
            if int(name.removeprefix("scan/")) not in groups:
                await self._end(name)
        for interval_s in groups:
            self._go(f"scan/{interval_s}", partial(self._scan_for_ever, interval_s))

    async def _scan_for_ever(self, interval_s: int) -> None:
        while True:
            slot = slot_after(now(), interval_s)
            await _until(slot)
            await self._scan(slot, interval_s, self._groups().get(interval_s, []))

    async def _scan(self, at: datetime, interval_s: int, readers: Sequence[Reader]) -> None:
        answers = await asyncio.gather(*(reader.read() for reader in readers))
        by_name = {
            reader.entry.name: answer
            for reader, answer in zip(readers, answers, strict=True)
            if isinstance(answer, MinerRead | Failure)
        }
        scan = Scan(self._config.site, at, interval_s, by_name)
        body = scan.body(temperatures=self._config.send_temperatures)
        if body is not None:
            await self._kept(self.keeper.scan(Entry(Kind.SCAN, self._config.site, at, body)))


async def _until(at: datetime) -> None:
    """Wait for an instant of the collector's clock."""
    while (rest := (at - now()).total_seconds()) > 0:
        await sleep(rest)
