"""How values lie in a meter's registers, and what of a register map cannot be true. Faults are told as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

LAST_REGISTER = 65535


class Form(StrEnum):
    """How a value lies in its registers of 16 bits."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def bits(self) -> int:
        return int(self.value.lstrip("uintfloa"))

    @property
    def register_count(self) -> int:
        return self.bits // 16

    @property
    def is_signed(self) -> bool:
        return self.value.startswith("int")

    @property
    def is_float(self) -> bool:
        return self.value.startswith("float")

    @property
    def values(self) -> int:
        """How many values from 0 on it can hold."""
        return 1 << (self.bits - self.is_signed)


ENERGY_WH = {"Wh": 1, "kWh": 10**3, "MWh": 10**6, "GWh": 10**9}
POWER_W = {"W": 1, "kW": 10**3, "MW": 10**6}


@dataclass(frozen=True, slots=True)
class Counting:
    """How a register of energy counts: one step of its raw value in Wh, its smallest step, where it begins again.

    `tick` and `rolls_over_at` are raw; a form without fractions knows both itself.
    """

    form: Form
    unit_wh: Fraction
    rolls_over_at: int | None = None
    tick: Fraction | None = None

    @property
    def tick_wh(self) -> Fraction:
        """The steps in which the register moves; below 1 Wh it is read in whole Wh."""
        return max((self.tick or Fraction(1)) * self.unit_wh, Fraction(1))

    @property
    def modulus_wh(self) -> Fraction:
        """Where the register begins again at 0."""
        return (self.rolls_over_at or self.form.values) * self.unit_wh

    def fault(self) -> str | None:
        if self.form.is_float and (self.rolls_over_at is None or self.tick is None):
            return (
                f"energy as {self.form} needs rolls_over_at and tick: a float tells neither where it begins again nor "
                "its steps"
            )
        most = self.form.values
        if not self.form.is_float and self.rolls_over_at is not None and self.rolls_over_at > most:
            return f"rolls_over_at {self.rolls_over_at} does not fit into {self.form}, at most {most}"
        return None


def channels_fault(channels: Sequence[tuple[str, Counting]]) -> str | None:
    """Keys are there once, and all channels of one map count alike, since a PDU has one tick and one modulus."""
    keys = [key for key, _ in channels]
    twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
    if twice is not None:
        return f"channel {twice!r} is there twice"
    for name, found in (
        ("tick", {counting.tick_wh for _, counting in channels}),
        ("rolls_over_at", {counting.modulus_wh for _, counting in channels}),
    ):
        if len(found) > 1:
            return f"channels differ in {name} ({', '.join(map(str, sorted(found)))} Wh): one map each"
    return None


def reach_fault(where: str, register: int, first_register: int, form: Form) -> str | None:
    """`first_register`: 0 where numbers are those on the wire, 1 where the maker counts from 1."""
    first = register - first_register
    last = first + form.register_count - 1
    if first < 0 or last > LAST_REGISTER:
        return f"{where} reaches registers {first} to {last}; there are 0 to {LAST_REGISTER}"
    return None
