"""A faked meter: what its registers hold at an instant of the simulated clock, and how they are laid out."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hostbook.collect.drivers.modbus.map import Energy, Power, Register, RegisterMap, load_map
from hostbook.fakes.device_faults import Kind, Script
from metering.domain.register_maps import Form

RESTARTS = 7


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter. Channel n of its map draws `power_w` x n, and its register stood at `start_wh` when the fake began."""

    name: str
    host: str
    registers: RegisterMap
    port: int = 502
    unit_id: int = 1
    power_w: int = 3500
    start_wh: int = 1_000_000
    serial: int = 4711

    def words(self, script: Script, at_s: Fraction) -> dict[int, int]:
        """Every register that the map names, by its address on the wire."""
        stuck = script.now(self.name, Kind.STUCK, at_s)
        at_s = stuck.from_s if stuck else at_s
        scale = script.now(self.name, Kind.SCALE, at_s)
        factor = scale.amount if scale else Fraction(1)
        found: dict[int, int] = {}
        for where, register in self.registers.registers().items():
            value = self._value(where, register, script, at_s)
            if isinstance(register, Energy | Power):
                value *= factor
            first = register.register_ - self.registers.first_register
            order = register.words or self.registers.words
            found |= dict(enumerate(_words(register, value, order), first))
        return found

    def _value(self, where: str, register: Register, script: Script, at_s: Fraction) -> Fraction:
        """The raw value, before it is laid out."""
        if where == "serial":
            return Fraction(self.serial)
        if where.startswith("stamps."):
            return Fraction(RESTARTS + len(self._beginnings(script, at_s, Kind.RESET)))
        number = next(n for n, c in enumerate(self.registers.channels, 1) if where.rpartition(".")[0] == c.key)
        if isinstance(register, Power):
            return self.power_w * number / register.unit_w
        assert isinstance(register, Energy)
        ticks = self._energy_wh(number, register, script, at_s) % register.modulus_wh / register.unit_wh
        return ticks if register.type.is_float else Fraction(int(ticks))

    def _energy_wh(self, number: int, register: Energy, script: Script, at_s: Fraction) -> Fraction:
        """Wh since the last reset or jump to the end, never rolled over."""
        stood_wh, since = Fraction(self.start_wh), Fraction(0)
        for fault in self._beginnings(script, at_s, Kind.RESET, Kind.ROLLOVER):
            stood_wh, since = Fraction(0), fault.from_s
            if fault.kind is Kind.ROLLOVER:
                stood_wh = register.modulus_wh - fault.amount
        return stood_wh + Fraction(self.power_w * number) * (at_s - since) / 3600

    def _beginnings(self, script: Script, at_s: Fraction, *kinds: Kind) -> list[Any]:
        begun = [fault for fault in script.of(self.name) if fault.kind in kinds and fault.from_s <= at_s]
        return sorted(begun, key=lambda fault: fault.from_s)


def _words(register: Register, value: Fraction, order: str) -> list[int]:
    if register.type.is_float:
        raw = struct.pack(">f" if register.type is Form.FLOAT32 else ">d", float(value))
    else:
        raw = int(value).to_bytes(register.count * 2, "big", signed=register.type.is_signed)
    words = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
    return words if order == "big" else words[::-1]


def meter_of(entry: Mapping[str, Any]) -> Meter:
    """A meter from its JSON form; `map` is a name or a file."""
    fields = dict(entry)
    return Meter(registers=load_map(fields.pop("map")), **fields)
