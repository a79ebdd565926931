"""One site: every device in its own rhythm, every poll into the spool."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable, Mapping, Sequence
from datetime import datetime

import structlog

from common.errors import RuleBroken
from hostbook.collect.clock import now
from hostbook.collect.config import Config, DeviceEntry
from hostbook.collect.driver import Answer, BadDevice, Failure, MinerRead
from hostbook.collect.ending import end
from hostbook.collect.keeping import Keeper
from hostbook.collect.reader import Reader, Turns
from hostbook.collect.rounds import Rounds
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
        self._rounds: dict[str, tuple[Hashable, Rounds]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self.readers: dict[str, Reader] = {}
        self.refused: dict[str, RuleBroken] = {}

    def take(self, config: Config) -> list[Reader]:
        """The devices to read from now on; those that are as they were go on undisturbed. Returns who has to go.

        One whose new entry cannot work here is read as before.
        """
        wanted = {device.name: device for device in config.devices}
        self._limit(config)
        gone = [self.readers.pop(name) for name in self.readers.keys() - wanted.keys()]
        self.refused = {}
        for name, entry in wanted.items():
            before = self.readers.get(name)
            try:
                device = entry.device(self._secrets, config.folder)  # another secret makes another device
                if before is None or (before.entry, before.device) != (entry, device):
                    self.readers[name] = Reader(entry, device, config.limits, self._turns)
                    gone += [before] if before else []
            except Exception as error:  # a driver that breaks is refused for its device alone
                bad = error if isinstance(error, RuleBroken) else _broken(error)
                self.refused[name] = bad
                _log.error("device.refused", device=name, field=bad.field, reason=bad.message, remedy=bad.remedy)
        return gone

    def _limit(self, config: Config) -> None:
        if config.limits != self._config.limits:
            self._turns = Turns(config.limits.at_once)
            for reader in self.readers.values():
                reader.limit(config.limits, self._turns)
        self._config = config

    async def begin(self, config: Config) -> None:
        """Take this configuration and read for ever, in the background. Reads that are under way are finished."""
        gone = self.take(config)
        wanted = {f"pdu/{name}": reader for name, reader in self.readers.items() if not reader.entry.is_miner}
        groups = {f"scan/{interval_s}": interval_s for interval_s in self._groups()} if config.site else {}
        over = [self._leave(name) for name in self._rounds.keys() - wanted.keys() - groups.keys()]
        for name, reader in wanted.items():
            over += self._poll_for_ever(name, reader)
        for name, interval_s in groups.items():
            self._scan_for_ever(name, interval_s)
        if gone:
            self._later(self._closed(gone, over))

    async def close(self) -> None:
        """Stop reading. What was read is in the spool."""
        await end([*(rounds.task for _, rounds in self._rounds.values()), *self._leaving])
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

    async def _kept(self, keeping: Coroutine[None, None, None]) -> None:
        """What was read is kept although the one who read it is told to stop; a surprise is told and ends nothing."""
        task = asyncio.create_task(keeping)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        try:
            await asyncio.shield(task)
        except Exception:
            _log.exception("spool.surprise")

    def _leave(self, name: str) -> Rounds:
        """No more rounds of this name; the last one may still be under way."""
        rounds = self._rounds.pop(name)[1]
        rounds.leave()
        self._leaving.add(rounds.task)
        rounds.task.add_done_callback(self._leaving.discard)
        return rounds

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _closed(self, gone: Sequence[Reader], over: Sequence[Rounds]) -> None:
        """Let go of readers once nobody reads with them any longer."""
        if over:
            await asyncio.wait([rounds.task for rounds in over])
        for reader in gone:
            await reader.close()

    def _poll_for_ever(self, name: str, reader: Reader) -> list[Rounds]:
        """Rounds of this device, in the rhythm that holds now. Answers those that they take the place of."""
        interval_s, spread_s = self.interval_of(reader.entry), self._config.schedule.spread_s
        key = (id(reader), interval_s, spread_s)
        known, before = self._rounds.get(name), None
        if known is not None:
            if known[0] == key:
                return []
            before = self._leave(name)
        offset = offset_of(reader.entry.name, spread_s, interval_s)
        rounds = Rounds(lambda: slot_after(now() - offset, interval_s) + offset, lambda _: self.poll(reader), before)
        self._rounds[name] = (key, rounds)
        return [before] if before else []

    def _groups(self) -> dict[int, list[Reader]]:
        """Miners by interval: those of one interval are one scan of the site."""
        groups: dict[int, list[Reader]] = {}
        for reader in self.readers.values():
            if reader.entry.is_miner:
                groups.setdefault(self.interval_of(reader.entry), []).append(reader)
        return groups

    def _scan_for_ever(self, name: str, interval_s: int) -> None:
        """Who belongs to the scan is looked up at each slot."""
        if name not in self._rounds:

            async def scan(slot: datetime) -> None:
                await self._scan(slot, interval_s, self._groups().get(interval_s, []))

            self._rounds[name] = (interval_s, Rounds(lambda: slot_after(now(), interval_s), scan))

    async def _scan(self, at: datetime, interval_s: int, readers: Sequence[Reader]) -> None:
        answers = await asyncio.gather(*(reader.read() for reader in readers))
        by_name = {
            reader.entry.name: answer
            for reader, answer in zip(readers, answers, strict=True)
            if isinstance(answer, MinerRead | Failure)
        }
        site = self._config.site
        body = Scan(site, at, interval_s, by_name).body(temperatures=self._config.send_temperatures) if site else None
        if site and body is not None:
            await self._kept(self.keeper.scan(Entry(Kind.SCAN, site, at, body)))


def _broken(error: Exception) -> RuleBroken:
    """Its own words may hold a secret; its kind does not."""
    return BadDevice(f"Its driver breaks: {type(error).__name__}.", remedy="please report this with the device's entry")
