"""`hostbook collect --check`: every device tried once, now, beside a collector that may be running."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.errors import RuleBroken
from common.money import exact_text
from hostbook.collect.config import Config, DeviceEntry
from hostbook.collect.driver import Answer, Failure, Identity, MinerRead, PduPoll
from hostbook.collect.placing import learnt
from hostbook.collect.registered import Registered
from hostbook.collect.registry import driver_of
from hostbook.collect.scans import decimal_text
from metering.domain.outlet_names import names_another

_WH = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """What one device said, or why not; `notes` are differences to what Hostbook has registered."""

    entry: DeviceEntry
    identity: Identity | None = None
    answer: Answer | None = None
    refused: RuleBroken | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.refused is None and self.answer is not None and not isinstance(self.answer, Failure)

    @property
    def cannot_read(self) -> tuple[str, ...]:
        """By the model, and by what this very device left out just now."""
        found = list(self.identity.cannot_read if self.identity else ())
        if isinstance(self.answer, MinerRead):
            found += self.answer.cannot_read
        elif isinstance(self.answer, tuple):
            found += [text for poll in self.answer for text in poll.cannot_read]
        return tuple(dict.fromkeys(found))


async def try_all(
    config: Config, entries: Iterable[DeviceEntry], secrets: Mapping[str, str], registered: Registered | None
) -> list[Tried]:
    """All devices, as many at a time as the limits allow; in the order of the configuration."""
    turn = asyncio.Semaphore(config.limits.at_once)

    async def one(entry: DeviceEntry) -> Tried:
        async with turn:
            return await _try(config, entry, secrets, registered)

    return list(await asyncio.gather(*(one(entry) for entry in entries)))


async def _try(config: Config, entry: DeviceEntry, secrets: Mapping[str, str], registered: Registered | None) -> Tried:
    try:
        driver = driver_of(entry.device(secrets, config.folder))
    except RuleBroken as bad:
        return Tried(entry, refused=bad)
    try:
        identity = await driver.identify()
        if isinstance(identity, Failure):
            return Tried(entry, answer=identity)
        answer = await driver.read()
    finally:
        await driver.close()
    notes = _differences(entry, answer, registered) if registered and isinstance(answer, tuple) else ()
    return Tried(entry, identity, answer, notes=tuple(notes))


def _differences(entry: DeviceEntry, polls: tuple[PduPoll, ...], registered: Registered) -> Iterable[str]:
    for place, poll in enumerate(polls):
        name = entry.pdu_of(poll.unit) if entry.units else entry.name if place == 0 else None
        if name is None:
            yield f"unit {poll.unit} has no name in `units` and is not read"
        elif name not in registered.pdus:
            yield f"{name} is not registered at Hostbook (POST /v1/pdus)"
        else:
            yield from _differs(name, poll, registered)


def _differs(name: str, poll: PduPoll, registered: Registered) -> Iterable[str]:
    count = registered.outlet_count(name)
    highest = max((outlet.number for outlet in poll.outlets), default=0)
    if count is not None and highest > count:
        yield f"{name} is registered with {count} outlets and has {highest}"
    yield from _misnamed(name, poll, registered)
    registers = registered.registers(name)
    if registers and any(outlet.energy_wh is not None for outlet in poll.outlets):
        ours = (poll.tick_wh / _WH, poll.modulus_wh / _WH)
        for word, theirs, found in zip(("tick", "modulus"), registers, ours, strict=True):
            if theirs != Decimal(found.numerator) / found.denominator:
                yield f"{name}: {word}_kwh is registered as {theirs}, the device has {exact_text(found)}"


def _misnamed(name: str, poll: PduPoll, registered: Registered) -> Iterable[str]:
    """Outlets whose name on the PDU speaks of something else than what they are and feed at Hostbook."""
    known = registered.channels(name)
    places = learnt(poll, {})
    for outlet in poll.outlets:
        here = known.get(places[poll.unit, outlet.key])
        if here and names_another(outlet.name, here["outlet"], here.get("unit")):
            feeds = f" and feeds {here['unit']}" if here.get("unit") else ""
            yield f"{name}: outlet {outlet.number} is called {outlet.name!r}; at Hostbook it is {here['outlet']}{feeds}"


def plain(tried: Tried) -> dict[str, Any]:
    """For programs: everything that was found out, exact."""
    found: dict[str, Any] = {
        "device": tried.entry.name,
        "driver": tried.entry.driver,
        "address": tried.entry.address,
        "good": tried.is_good,
        "cannot_read": list(tried.cannot_read),
        "notes": list(tried.notes),
    }
    if tried.refused:
        found["trouble"] = {
            "reason": tried.refused.message,
            "field": tried.refused.field,
            "remedy": tried.refused.remedy,
        }
    if isinstance(tried.answer, Failure):
        failure = tried.answer
        found["trouble"] = {"kind": failure.trouble.value, "reason": failure.reason, "remedy": failure.remedy}
    if tried.identity:
        identity = tried.identity
        found |= {"model": identity.model, "serial": identity.serial, "firmware": identity.firmware}
    if isinstance(tried.answer, tuple):
        found["pdus"] = [_poll(tried.entry, poll) for poll in tried.answer]
    if isinstance(tried.answer, MinerRead):
        found["miner"] = _miner(tried.answer)
    return found


def _poll(entry: DeviceEntry, poll: PduPoll) -> dict[str, Any]:
    return {
        "unit": poll.unit,
        "pdu": entry.pdu_of(poll.unit),
        "serial": poll.serial,
        "uptime_s": poll.uptime_s,
        "tick_kwh": exact_text(poll.tick_wh / _WH),
        "modulus_kwh": exact_text(poll.modulus_wh / _WH),
        "outlets": [
            {
                "number": outlet.number,
                "key": outlet.key,
                "name": outlet.name,
                "state": outlet.state.value,
                "energy_wh": outlet.energy_wh,
                "power_w": outlet.power_w,
                "reset_stamp": outlet.reset_stamp,
            }
            for outlet in poll.outlets
        ],
    }


def _miner(read: MinerRead) -> dict[str, Any]:
    return {
        "status": read.status.value,
        "hashrate_ths": decimal_text(read.hashrate_ths) if read.hashrate_ths is not None else None,
        "power_w": read.power_w,
        "temperature_c": decimal_text(read.temperature_c) if read.temperature_c is not None else None,
        "firmware": read.firmware,
        "pools": [{"url": pool.url, "worker": pool.worker, "is_active": pool.is_active} for pool in read.pools],
    }
