"""From registers to exact quantities. What a meter does not measure is None."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from hostbook.collect.drivers.modbus.map import Energy, Power, Register
from metering.domain.register_maps import Form

_UNKNOWN = {
    Form.INT16: 0x8000,
    Form.UINT16: 0xFFFF,
    Form.INT32: 0x8000_0000,
    Form.UINT32: 0xFFFF_FFFF,
    Form.INT64: 0x8000_0000_0000_0000,
    Form.UINT64: 0xFFFF_FFFF_FFFF_FFFF,
}
"""The bits by which makers say that a value is not there."""


def value_of(register: Register, words: Sequence[int], order: Literal["big", "little"]) -> Fraction | None:
    """The raw value in its registers, before scale and unit; None where it is not measured."""
    ordered = words if order == "big" else list(reversed(words))
    raw = b"".join(word.to_bytes(2, "big") for word in ordered)
    if register.type.is_float:
        (number,) = struct.unpack(">f" if register.type is Form.FLOAT32 else ">d", raw)
        value = Fraction(number) if math.isfinite(number) else None
    else:
        if int.from_bytes(raw, "big") == _UNKNOWN[register.type]:
            return None
        value = Fraction(int.from_bytes(raw, "big", signed=register.type.is_signed))
    return None if value in register.unknown else value


def energy_wh(register: Energy, value: Fraction | None) -> int | None:
    """Whole Wh, what is finer is cut off; a register below 0 counts the other way round and is not read."""
    return None if value is None or value < 0 else int(value * register.unit_wh)


def power_w(register: Power, value: Fraction | None) -> int | None:
    """Whole W, halves up; power that flows back is not read."""
    return None if value is None or value < 0 else int(value * register.unit_w + Fraction(1, 2))
