"""The driver `modbus`: one meter behind Modbus TCP. Alone in the collector, this file knows pymodbus.

Options: `map` (the name of one that comes along, or a file), `unit_id` (behind a gateway; else the map's). Its port is
502 where none is given.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from fractions import Fraction
from typing import Literal

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse

from hostbook.collect import clock
from hostbook.collect.driver import (
    BadDevice,
    Device,
    Failure,
    Identity,
    OutletRead,
    OutletState,
    PduPoll,
    Trouble,
)
from hostbook.collect.drivers.modbus.decode import energy_wh, power_w, value_of
from hostbook.collect.drivers.modbus.map import Channel, RegisterMap, load_map
from hostbook.collect.drivers.modbus.questions import Question, questions, wanted, words_of

PORT = 502
_KNOWN = {"map", "unit_id"}
_SAID = {
    1: ("does not know this function", "function 3 or 4 in the map"),
    2: ("has no such registers", "compare the map with the register list of this very model and firmware"),
    3: ("does not read so many registers at once", "a smaller most_registers in the map"),
    4: ("reports a failure of its own", "look at the meter"),
    5: ("is busy", "poll it less often"),
    6: ("is busy", "poll it less often"),
    10: ("is a gateway without a way to this unit", "check unit_id and the wires behind the gateway"),
    11: ("is a gateway, and the meter behind it is silent", "check unit_id and the wires behind the gateway"),
}
Values = dict[str, Fraction | None]
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # what it has to say comes back as a Failure


def build(device: Device) -> Meter:
    """The driver of one meter; its map is read and checked here."""
    unknown = min(set(device.options) - _KNOWN, default=None)
    if unknown is not None:
        known = ", ".join(sorted(_KNOWN))
        raise BadDevice(f"A meter has no option {unknown!r}.", field=f"options.{unknown}", remedy=f"one of {known}")
    name = device.options.get("map")
    if not isinstance(name, str | dict):
        raise BadDevice("A meter needs a register map.", field="options.map", remedy="a file, or the name of a map")
    registers = load_map(name, device.folder)
    unit_id = device.options.get("unit_id", registers.unit_id)
    if isinstance(unit_id, bool) or not isinstance(unit_id, int) or not 0 <= unit_id <= 255:
        raise BadDevice(f"{unit_id!r} is no unit id.", field="options.unit_id", remedy="a whole number from 0 to 255")
    return Meter(device, registers, unit_id)


class _Refused(Exception):
    """The meter's answer is a no, or none came."""

    def __init__(self, trouble: Trouble, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.failure = Failure(trouble, reason, remedy)


class Meter:
    """One meter; it is connected to for each poll, since many take one connection only and would keep it."""

    def __init__(self, device: Device, registers: RegisterMap, unit_id: int) -> None:
        self._device, self._map, self._unit_id = device, registers, unit_id
        self._wanted = wanted(registers)
        self._questions = questions(self._wanted, registers.most_registers)
        self._where = f"{device.address}:{device.port or PORT} unit {unit_id}"

    async def identify(self) -> Identity | Failure:
        """The model is the map's word; that it fits is seen by reading every value once."""
        values = await self._values()
        if isinstance(values, Failure):
            return values
        missing = tuple(f"{where}: told as not measured" for where, value in values.items() if value is None)
        serial = values.get("serial")
        return Identity(
            self._map.model,
            serial=None if serial is None else str(serial),
            outlets=len(self._map.channels),
            cannot_read=(*self._never(), *missing),
        )

    async def read(self) -> tuple[PduPoll, ...] | Failure:
        """All channels of the meter in one poll."""
        began_at = clock.now()
        values = await self._values()
        if isinstance(values, Failure):
            return values
        return (self._poll(values, began_at, clock.now()),)

    async def close(self) -> None:
        """Nothing stays open between polls."""

    def _poll(self, values: Values, began_at: datetime, ended_at: datetime) -> PduPoll:
        energy, serial = self._map.channels[0].energy, values.get("serial")
        stamps = " ".join(f"{name}={values[f'stamps.{name}']}" for name in self._map.stamps) or None
        return PduPoll(
            unit="1",
            started_at=began_at,
            ended_at=ended_at,
            outlets=tuple(self._channel(n, one, values, stamps) for n, one in enumerate(self._map.channels, 1)),
            tick_wh=energy.tick_wh,
            modulus_wh=energy.modulus_wh,
            serial=None if serial is None else str(serial),
            cannot_read=self._never(),
        )

    def _channel(self, number: int, channel: Channel, values: Values, stamps: str | None) -> OutletRead:
        power = channel.power
        return OutletRead(
            key=channel.key,
            number=number,
            name=channel.name,
            state=OutletState.UNKNOWN,
            energy_wh=energy_wh(channel.energy, values[f"{channel.key}.energy"]),
            power_w=power_w(power, values[f"{channel.key}.power"]) if power else None,
            reset_stamp=stamps,
        )

    def _never(self) -> tuple[str, ...]:
        powerless = [channel.key for channel in self._map.channels if channel.power is None]
        watts = (f"watts of {', '.join(powerless)}: not in the map",) if powerless else ()
        return (*watts, *(() if self._map.stamps else ("when it was last reset: no stamps in the map",)))

    async def _values(self) -> Values | Failure:
        for attempt in range(self._device.retries + 1):
            try:
                answers = await self._answers()
                break
            except _Refused as refused:
                if attempt == self._device.retries or refused.failure.trouble is not Trouble.SILENT:
                    return refused.failure
        return {where: self._value(where, answers) for where in self._wanted}

    def _value(self, where: str, answers: dict[Question, list[int]]) -> Fraction | None:
        register = self._map.registers()[where]
        order: Literal["big", "little"] = register.words or self._map.words
        return value_of(register, words_of(self._wanted[where], answers), order)

    async def _answers(self) -> dict[Question, list[int]]:
        patience = float(self._device.timeout_s)
        client = AsyncModbusTcpClient(
            self._device.address, port=self._device.port or PORT, timeout=patience, retries=0, reconnect_delay=0
        )
        try:
            async with asyncio.timeout(patience + 1):
                connected = await client.connect()
            if not connected:
                remedy = "check address, port and network, and that Modbus TCP is on"
                raise _Refused(Trouble.UNREACHABLE, f"{self._where} takes no connection.", remedy)
            return {question: await self._answer(client, question) for question in self._questions}
        except (ModbusException, TimeoutError, OSError) as error:
            reason = f"{self._where} did not answer within {patience:g} s ({' '.join(str(error).split())})."
            raise _Refused(Trouble.SILENT, reason, "check unit_id, and that the meter is on") from None
        finally:
            client.close()

    async def _answer(self, client: AsyncModbusTcpClient, question: Question) -> list[int]:
        read = client.read_holding_registers if question.function == 3 else client.read_input_registers
        answer = await read(question.address, count=question.count, device_id=self._unit_id)
        last = question.address + question.count - 1
        asked = f"registers {question.address} to {last} (function {question.function})"
        if isinstance(answer, ExceptionResponse):
            what, remedy = _SAID.get(answer.exception_code, ("refuses", "look into the meter's manual"))
            reason = f"{self._where} {what} (exception {answer.exception_code}) for {asked}."
            raise _Refused(Trouble.NONSENSE, reason, remedy)
        if answer.isError() or len(answer.registers) != question.count:
            count = len(answer.registers or ())
            reason = f"{self._where} answered {count} registers instead of {question.count} for {asked}."
            raise _Refused(Trouble.NONSENSE, reason, "the answer is broken; look at gateway and wires")
        return list(answer.registers)
