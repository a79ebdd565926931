"""The listeners of the fakes; pymodbus answers, the meter fills in the registers, faults come as scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hostbook.collect import clock
from hostbook.fakes.device_faults import Kind, Script
from hostbook.fakes.modbus.meter import Meter

_REGISTERS = 65536


class _Server(ModbusTcpServer):
    """A listener that can cut its connections."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connections: list[Any] = []

    def callback_new_connection(self) -> Any:
        connection: Any = super().callback_new_connection()  # type: ignore[no-untyped-call]
        self.connections.append(connection)
        return connection

    def cut(self) -> None:
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
        self.connections.clear()


class Meters:
    """All faked meters of a process."""

    def __init__(self, meters: Sequence[Meter], script: Script) -> None:
        self.meters, self.script = meters, script
        self.began_at = clock.now()
        self._servers: list[_Server] = []

    def at_s(self) -> Fraction:
        """Seconds of the simulated clock since the process began."""
        return Fraction((clock.now() - self.began_at).total_seconds())

    async def listen(self) -> None:
        """Open every address; one that is taken or not ours raises `RuntimeError`."""
        for meter in self.meters:
            await self._listen(meter)

    async def close(self) -> None:
        for server in self._servers:
            server.cut()
            await server.shutdown()  # type: ignore[no-untyped-call]

    async def _listen(self, meter: Meter) -> None:
        async def fill(
            _function: int, start: int, _address: int, _count: int, registers: list[int], _values: Any
        ) -> ExcCodes | None:
            await self._suffer(meter, server)
            for address, word in meter.words(self.script, self.at_s()).items():
                registers[address - start] = word
            return None

        blocks = [SimData(0, count=_REGISTERS, values=0, datatype=DataType.REGISTERS)]
        device = SimDevice(id=meter.unit_id, simdata=blocks, action=fill)
        server = _Server(device, address=(meter.host, meter.port), trace_packet=self._on_the_wire(meter))
        await server.serve_forever(background=True)
        self._servers.append(server)

    async def _suffer(self, meter: Meter, server: _Server) -> None:
        if slow := self.script.now(meter.name, Kind.SLOW, self.at_s()):
            await asyncio.sleep(float(slow.amount))
        if self.script.now(meter.name, Kind.DROPPED, self.at_s()):
            server.cut()

    def _on_the_wire(self, meter: Meter) -> Callable[[bool, bytes], bytes]:
        def packet(sends: bool, content: bytes) -> bytes:
            at_s = self.at_s()
            if sends and self.script.now(meter.name, Kind.SILENT, at_s):
                return b""
            if sends and self.script.now(meter.name, Kind.HALF, at_s):
                return content[: len(content) // 2]
            return content

        return packet
