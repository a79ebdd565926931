"""From an answer to the spool: which PDU it is of, where its outlets belong, and what a person should know about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

import structlog

from hostbook.collect.config import DeviceEntry
from hostbook.collect.driver import PduPoll
from hostbook.collect.outlets import Outlets
from hostbook.collect.placing import learnt, placed
from hostbook.collect.registered import Registered
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Entry, Kind, Spool
from hostbook.collect.uplink import Uplink

_log = structlog.get_logger()


class Keeper:
    """Puts polls into the spool. `notes` holds, by PDU, what was noticed and is not mended yet."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.registered = Registered({})
        self.notes: dict[str, str] = {}
        self.outlets = Outlets()

    async def keep(self, entry: DeviceEntry, polls: Sequence[PduPoll]) -> None:
        """All PDUs of one answer, in one commit."""
        entries = [kept for poll in polls if (kept := await self._entry(entry, poll)) is not None]
        if entries:
            await self._door.put(entries)

    async def tell_outlets(self, uplink: Uplink) -> bool:
        """Bring names and states of outlets that changed to Hostbook; whether it took them."""
        for pdu, differences in (await self.outlets.tell(uplink, self.registered)).items():
            if differences:
                self._note(f"{pdu}/outlets", " ".join(differences[:3]))
            else:
                self._mended(f"{pdu}/outlets")
        return self.outlets.trouble is None

    async def scan(self, entry: Entry) -> None:
        """A scan of miners."""
        await self._door.put([entry])

    async def _entry(self, entry: DeviceEntry, poll: PduPoll) -> Entry | None:
        pdu = entry.pdu_of(poll.unit) if entry.units else await self._only(entry, poll)
        if pdu is None:
            self._note(f"{entry.name}/{poll.unit}", "a PDU behind this address that `units` does not name is not read")
            return None
        await self._watch_serial(entry, poll)
        places = await self._places(entry.name, poll)
        count = entry.outlets or self.registered.outlet_count(pdu)
        done = placed(pdu, poll, places, count)
        self.outlets.saw(pdu, poll, places, count)
        if done.beyond:
            self._note(pdu, f"registered with {count} outlets; outlet {done.beyond[0]} and beyond are not sent")
        else:
            self._mended(pdu)
        return Entry(Kind.POLL, pdu, poll.polled_at, done.body)

    async def _only(self, entry: DeviceEntry, poll: PduPoll) -> str | None:
        """Without `units` the device is the first PDU that ever answered there; agents number and name it variously."""
        first = await self._remembered(f"unit/{entry.name}", poll.unit)
        return entry.name if first == poll.unit else None

    async def _places(self, device: str, poll: PduPoll) -> Mapping[tuple[str, str], int]:
        places = await self._door.ask(lambda spool: spool.places(device))
        fresh = learnt(poll, places)
        if fresh:
            await self._write(lambda spool: spool.learn(device, fresh))
            _log.info("device.outlets", device=device, unit=poll.unit, learnt=len(fresh), known=len(places))
        return {**places, **fresh}

    async def _watch_serial(self, entry: DeviceEntry, poll: PduPoll) -> None:
        if poll.serial is None:
            return
        before = await self._remembered(f"serial/{entry.name}/{poll.unit}", poll.serial)
        if before != poll.serial:
            remedy = f"replace the PDU at Hostbook, then hostbook collect forget {entry.name}"
            text = f"another PDU answers: serial {poll.serial}, it was {before}; {remedy}"
            self._note(f"{entry.name}/{poll.unit}", text)
        else:
            self._mended(f"{entry.name}/{poll.unit}")

    async def _remembered(self, name: str, value: str) -> str:
        """What was remembered under this name, or else this value from now on."""
        before = await self._door.ask(lambda spool: spool.remembered(name))
        if before is None:
            await self._write(lambda spool: spool.remember(name, value))
        return before if before is not None else value

    async def _write(self, call: Callable[[Spool], None]) -> None:
        """What a full disk does not take now is learnt with the next poll; this one goes on, and waits in memory."""
        try:
            await self._door.ask(call)
        except sqlite3.Error as error:
            _log.error("spool.refused", reason=str(error), remedy="free the disk")

    def _mended(self, about: str) -> None:
        if self.notes.pop(about, None) is not None:
            _log.info("device.mended", device=about)

    def _note(self, about: str, text: str) -> None:
        if self.notes.get(about) != text:
            self.notes[about] = text
            _log.warning("device.note", device=about, note=text)
