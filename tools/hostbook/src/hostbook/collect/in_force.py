"""Which configuration is in force: the last good one from Hostbook, also after a start without a link."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from common.clock import wall_now
from hostbook.collect.adopting import Adoption, adopted, told_together
from hostbook.collect.config import Config
from hostbook.collect.registered import LATEST, Registered, ask, kept, remembered
from hostbook.collect.spool.door import Door
from hostbook.collect.uplink import Uplink

GOOD = "configured"
_log = structlog.get_logger()


@dataclass(slots=True)
class InForce:
    """The configuration of a collector over its life. What Hostbook has is taken over whole, or not at all.

    A collector that never had a good one works with the good part of a bad one: better than reading nothing.
    """

    file: Config
    door: Door
    config: Config = field(init=False)
    version: int | None = None
    taken_at: datetime | None = None
    trouble: str | None = None
    _is_adopted: bool = False

    def __post_init__(self) -> None:
        self.config = self.file

    async def learn(self, uplink: Uplink) -> Registered:
        """Ask the gateway, and take over what it says; where it is away, what was last known, with the trouble."""
        found = await ask(uplink, self.file)
        if found.trouble:
            known = remembered(await self.door.ask(lambda spool: spool.remembered(LATEST)))
            if not self._is_adopted:
                await self._begin(known)
            return replace(known, trouble=found.trouble)
        await self._remember(LATEST, found)
        await self._take(found)
        return found

    async def _take(self, found: Registered) -> None:
        adoption = adopted(self.file, found)
        trouble = told_together(adoption.faults)
        if trouble is None:
            await self._remember(GOOD, found)
            self._adopt(adoption, found)
        elif not self._is_adopted:
            await self._begin(found)
        if trouble != self.trouble:
            self.trouble = trouble
            if trouble:
                _log.error("config.refused", reason=trouble, in_force=self.version)

    async def _begin(self, found: Registered) -> None:
        """The first configuration of this process, where there is no good new one: the last good one, if any."""
        text = await self.door.ask(lambda spool: spool.remembered(GOOD))
        good = remembered(text) if text else found
        self._adopt(adopted(self.file, good), good)

    def _adopt(self, adoption: Adoption, told: Registered) -> None:
        version = told.settings.get("version")
        if not self._is_adopted or adoption.config != self.config or version != self.version:
            self.config, self.version, self.taken_at = adoption.config, version, wall_now()
            _log.info("config.taken", site=self.config.site, version=version, devices=len(self.config.devices))
        self._is_adopted = True

    async def _remember(self, name: str, found: Registered) -> None:
        """A disk that refuses costs the memory of it alone."""
        text = kept(found)
        try:
            if await self.door.ask(lambda spool: spool.remembered(name)) != text:
                await self.door.ask(lambda spool: spool.remember(name, text))
        except sqlite3.Error as error:
            _log.error("spool.refused", reason=str(error), remedy="free the disk")
