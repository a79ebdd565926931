"""The driver `whatsminer`: the newer API of Whatsminers, TCP 4433, a length in four bytes and then JSON.

Reads need no token. It has no options; its port is 4433 where none is given. Older machines answer on 4028: driver
`cgminer`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from hostbook.collect import clock
from hostbook.collect.driver import BadDevice, Device, Failure, Identity, MinerPool, MinerRead, MinerStatus, Trouble
from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import first_number, number, whole, words
from hostbook.collect.drivers.cgminer.repair import NotJson, document
from hostbook.collect.drivers.cgminer.wire import LARGEST, Place, Unanswered, exchange

PORT = 4433
_PREFIX = 4
_SENSORS = ("chip-temp-max", "chip-temp-avg", "environment-temperature")
Message = Mapping[str, Any]


def build(device: Device) -> WhatsminerV3:
    """The driver of one machine; it knows no options of its own."""
    if device.options:
        name = min(device.options)
        raise BadDevice(f"A miner has no option {name!r}.", field=f"options.{name}", remedy="leave it out")
    return WhatsminerV3(device)


class WhatsminerV3:
    """One Whatsminer that speaks API 3."""

    def __init__(self, device: Device) -> None:
        self._place = Place(device.address, device.port or PORT, device.timeout_s)
        self._tries = device.retries + 1
        self._firmware: str | None = None

    async def identify(self) -> Identity | Failure:
        """Type, serial number and firmware, from the machine's own description."""
        try:
            told = await self._ask("get.device.info")
        except Unanswered as trouble:
            return trouble.failure
        machine, system = _part(told, "miner"), _part(told, "system")
        self._firmware = " ".join(filter(None, ("Whatsminer", words(system.get("fwversion")))))
        model = words(machine.get("type")) or "Whatsminer"
        return Identity(model, words(machine.get("miner-sn")), self._firmware, cannot_read=("a counter of work",))

    async def read(self) -> MinerRead | Failure:
        """Summary, pools, and whether mining was switched off."""
        began_at = clock.now()
        try:
            summary = _part(await self._ask("get.miner.status", "summary"), "summary")
            ended_at = clock.now()
        except Unanswered as trouble:
            return trouble.failure
        if not summary:
            return Failure(Trouble.NONSENSE, f"{self._place} told no summary.", "is this a Whatsminer of API 3?")
        at = began_at + (ended_at - began_at) / 2
        return self._read(summary, await self._pools(), await self._is_asleep(), at)

    def _read(self, summary: Message, pools: tuple[MinerPool, ...], asleep: bool, at: datetime) -> MinerRead:
        ths = Fraction(0) if asleep else first_number(summary, "hash-realtime", "hash-1min")
        power = whole(first_number(summary, "power-realtime", "power-5min"))
        degrees = rates.highest(summary.get(name) for name in _SENSORS)
        missing = {"hashrate of now": ths, "watts": power, "temperature": degrees, "pools": pools or None}
        return MinerRead(
            read_at=at,
            status=MinerStatus.HASHING if ths else MinerStatus.ONLINE,
            hashrate_ths=ths,
            power_w=power,
            temperature_c=degrees,
            elapsed_s=rates.elapsed_s(summary),
            pools=pools,
            firmware=self._firmware,
            cannot_read=(*(name for name, value in missing.items() if value is None), "a counter of work"),
        )

    async def _is_asleep(self) -> bool:
        try:
            told = await self._ask("get.device.info")
        except Unanswered:
            return False
        return str(_part(told, "miner").get("working", "true")).lower() == "false"

    async def _pools(self) -> tuple[MinerPool, ...]:
        try:
            found = (await self._ask("get.miner.status", "pools")).get("pools")
        except Unanswered:
            return ()
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        rows.sort(key=lambda row: number(row.get("pool-priority")) or 0)
        return tuple(_pool(position, row) for position, row in enumerate(rows))

    async def close(self) -> None:
        """Nothing stays open between questions."""

    async def _ask(self, command: str, parameter: str | None = None) -> Message:
        """The `msg` of an answer; what the machine refuses raises `Unanswered`."""
        body = json.dumps({"cmd": command} | ({"param": parameter} if parameter else {})).encode()
        for attempt in range(1, self._tries + 1):
            try:
                raw = await exchange(self._place, len(body).to_bytes(_PREFIX, "little") + body, _is_whole)
                return self._message(command, raw)
            except Unanswered as trouble:
                if attempt == self._tries or trouble.failure.trouble is not Trouble.SILENT:
                    raise
        raise AssertionError("a device is asked at least once")

    def _message(self, command: str, raw: bytes) -> Message:
        if not _is_whole(raw):
            reason = f"{self._place} broke off its answer to {command} after {len(raw)} bytes."
            raise Unanswered(Trouble.NONSENSE, reason, "the answer is broken, or this is no Whatsminer of API 3")
        try:
            answer = document(raw[_PREFIX:])
        except NotJson as error:
            reason = f"{self._place} answered {command} with {error}."
            raise Unanswered(Trouble.NONSENSE, reason, "is this a Whatsminer of API 3?") from None
        message = answer.get("msg")
        if answer.get("code") != 0 or not isinstance(message, dict):
            reason = f"{self._place} refuses {command}: {message} (code {answer.get('code')})."
            raise Unanswered(Trouble.NONSENSE, reason, "switch its API on, and let this address read it")
        return message


def _is_whole(raw: bytes) -> bool:
    """The announced length is there; one that no answer has ends the reading as well."""
    announced = int.from_bytes(raw[:_PREFIX], "little")
    return len(raw) >= _PREFIX and (len(raw) - _PREFIX >= announced or announced > LARGEST)


def _part(message: Message, name: str) -> Message:
    found = message.get(name)
    return found if isinstance(found, dict) else {}


def _pool(position: int, row: Message) -> MinerPool:
    told = row.get("stratum-active")
    status = str(row.get("status", "")).lower()
    return MinerPool(
        position=position,
        url=words(row.get("url")) or "",
        worker=words(row.get("account")) or "",
        is_alive={"alive": True, "dead": False}.get(status),
        is_active=told if isinstance(told, bool) else None,
    )
