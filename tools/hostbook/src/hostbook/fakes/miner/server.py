"""The sockets of the fakes: one listener a machine, one question a connection, faults as scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from hostbook.collect import clock
from hostbook.fakes.device_faults import Kind, Script
from hostbook.fakes.miner import firmwares, makers
from hostbook.fakes.miner.dialects import Dialect, status, text_of
from hostbook.fakes.miner.machine import Machine

DIALECTS = {
    one.name: one
    for one in (
        firmwares.STOCK,
        firmwares.OLD,
        firmwares.LUXOS,
        firmwares.BRAIINS,
        firmwares.VNISH,
        makers.WHATSMINER,
        makers.WHATSMINER_V3,
        makers.AVALON,
    )
}
_LONGEST = 65536
_FRAMED = 4


class Miners:
    """All faked machines of a process."""

    def __init__(self, machines: Sequence[Machine], script: Script) -> None:
        self.machines = {machine.name: machine for machine in machines}
        self.script = script
        self.began_at: datetime = clock.now()
        self._servers: list[asyncio.Server] = []

    def at_s(self) -> Fraction:
        """Seconds of the simulated clock since the process began."""
        return Fraction((clock.now() - self.began_at).total_seconds())

    async def listen(self) -> None:
        """Open every address; an address that is taken or not ours raises `OSError`."""
        for machine in self.machines.values():
            self._servers.append(await asyncio.start_server(self._served(machine), machine.host, machine.port))

    async def close(self) -> None:
        for server in self._servers:
            server.close()

    def _served(self, machine: Machine) -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                await self._serve(machine, reader, writer)
            writer.close()

        return serve

    async def _serve(self, machine: Machine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def holds(kind: Kind) -> Any:
            return self.script.now(machine.name, kind, self.at_s())

        if holds(Kind.DROPPED):
            return
        framed = machine.firmware == makers.WHATSMINER_V3.name
        command = await (_framed(reader) if framed else _plain(reader))
        if holds(Kind.SILENT):
            await reader.read()  # until the other side gives up
            return
        if slow := holds(Kind.SLOW):
            await asyncio.sleep(float(slow.amount))
        answer = self._answer(machine, command)
        if framed:
            answer = len(answer).to_bytes(_FRAMED, "little") + answer
        writer.write(answer[: len(answer) // 2] if holds(Kind.HALF) else answer)
        await writer.drain()

    def _answer(self, machine: Machine, command: str) -> bytes:
        if machine.recorded is not None:
            return _recorded(machine.recorded, command)
        dialect = DIALECTS[machine.firmware]
        words = dialect.answers.get(command)
        if words is None:
            return _refusal(dialect, command)
        return text_of(dialect, words(machine, machine.figures(self.script, self.began_at)))


async def _plain(reader: asyncio.StreamReader) -> str:
    """The command of `{"command": ...}`, `{"cmd": ...}` or `command|parameter`."""
    raw = (await asyncio.wait_for(reader.read(_LONGEST), 10)).decode("utf-8", "replace").strip()
    try:
        asked = json.loads(raw)
    except ValueError:
        return raw.partition("|")[0]
    return str(asked.get("command") or asked.get("cmd") or "")


async def _framed(reader: asyncio.StreamReader) -> str:
    length = int.from_bytes(await reader.readexactly(_FRAMED), "little")
    asked = json.loads(await reader.readexactly(length))
    parameter = asked.get("param")
    return f"{asked.get('cmd')}:{parameter}" if parameter else str(asked.get("cmd"))


def _refusal(dialect: Dialect, command: str) -> bytes:
    if dialect is makers.WHATSMINER_V3:
        return text_of(dialect, {"code": -1, "msg": "invalid command", "when": 1760000000, "desc": command})
    return text_of(dialect, status(dialect.refused, "Invalid command", dialect.name, "E"))


def _recorded(folder: Path, command: str) -> bytes:
    """The bytes of a recorded answer, or the refusal that all firmwares know."""
    name = "".join(c for c in command if c.isalnum() or c in "_.-")
    file = folder / f"{name}.json"
    return file.read_bytes() if file.is_file() else _refusal(firmwares.STOCK, command)
