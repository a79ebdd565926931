"""What the agents say besides registers: who they are, how their rows are indexed, what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hostbook.fakes.snmp.cells import Cell, Type

DIGITS = 0
"""Decimal digits of registers that have them."""

_MAC = "00E0ED300001"
_MAC_INDEX = f"12.{'.'.join(str(ord(letter)) for letter in _MAC)}"


def _nothing(_number: int) -> Mapping[str, Cell]:
    return {}


@dataclass(frozen=True, slots=True)
class Shape:
    """`row` is the index of an outlet by number; `extras` are further cells of that row, by column and index."""

    object_id: str
    description: str
    row: Callable[[int], str]
    unit_index: str = "1"
    extras: Callable[[int], Mapping[str, Cell]] = _nothing
    energy_type: Type = Type.GAUGE32
    power_digits: int = 0


def _plain(number: int) -> str:
    return str(number)


def _chained(number: int) -> str:
    return f"1.{number}"


def _corded(number: int) -> str:
    return f"1.1.{number}"


def _number(value: int) -> Cell:
    return Cell(Type.INTEGER, value)


def _apc(number: int) -> Mapping[str, Cell]:
    cells: dict[str, Cell] = {}
    for table in ("318.1.1.26.9.4.3.1", "318.1.1.26.9.2.3.1"):
        cells |= {f"{table}.2.{number}": _number(1), f"{table}.4.{number}": _number(number)}
    return cells | {"318.1.1.26.4.3.1.15.1": Cell(Type.OCTETS, b"08/16/2022 10:15:00")}


def _epdu2(number: int) -> Mapping[str, Cell]:
    cells = {"3808.1.1.6.6.2.4.1.12." + str(number): Cell(Type.OCTETS, b"05/24/2023 09:00:00")}
    for table in ("3808.1.1.6.6.2.4.1", "3808.1.1.6.6.1.4.1"):
        cells |= {f"{table}.2.{number}": _number(1), f"{table}.3.{number}": _number(number)}
    return cells


def _epdu(number: int) -> Mapping[str, Cell]:
    return {f"3808.1.1.3.3.5.1.1.14.{number}": Cell(Type.OCTETS, b"05/24/2023 09:00:00")}


def _eaton(number: int) -> Mapping[str, Cell]:
    return {f"534.6.6.7.6.5.1.5.0.{number}": Cell(Type.COUNTER32, 1_660_000_000)}


def _rated(table: str) -> Callable[[int], Mapping[str, Cell]]:
    return lambda number: {f"{table}.4.1.{number}": _number(16)}


def _updu(number: int) -> Mapping[str, Cell]:
    """An outlet, and once the meters of the whole PDU, a phase and the module, which must not be counted as well."""
    cells = {f"55108.1.3.1.1.3.1.{number}": _number(6)}
    for meter, kind in ((100, 0), (101, 2), (102, 4)):
        cells |= {f"55108.1.3.1.1.3.1.{meter}": _number(kind), f"55108.1.3.1.1.4.1.{meter}": _number(10**9)}
    return cells


_E = "1.3.6.1.4.1"
SHAPES = {
    "raritan-px": Shape(f"{_E}.13742.6", "Raritan PDU, MD:PX3-5493U", _chained),
    "raritan-px1": Shape(f"{_E}.13742.4", "Raritan Dominion PX", _plain),
    "sentry4": Shape(f"{_E}.1718.4", "Sentry Smart PDU", _corded, energy_type=Type.INTEGER),
    "sentry3": Shape(f"{_E}.1718.3", "Sentry Switched CDU", _corded, energy_type=Type.INTEGER),
    "apc-rpdu2": Shape(f"{_E}.318.1.3.4.6", "APC Web/SNMP Management Card", _plain, "1", _apc, Type.INTEGER),
    "apc-switched": Shape(f"{_E}.318.1.3.4.4", "APC Switched Rack PDU", _plain),
    "vertiv-v5": Shape(f"{_E}.21239.5.2", "GEIST I-03", _plain),
    "liebert-mph2": Shape(f"{_E}.476.1.42", "Liebert MPH2", _corded),
    "eaton-g3": Shape(f"{_E}.534.6.6.7", "Eaton ePDU MA", lambda number: f"0.{number}", "0", _eaton),
    "cyberpower-epdu2": Shape(f"{_E}.3808.1.1.6", "CPS Power Distributed Unit", _plain, "1", _epdu2),
    "cyberpower-epdu": Shape(f"{_E}.3808.1.1.3", "CPS Power Distributed Unit", _plain, "1", _epdu, Type.INTEGER),
    "tripp-lite": Shape(f"{_E}.850.1", "PDUMH20NET", _chained),
    "panduit-g5": Shape(f"{_E}.19536.10.1", "Panduit G5", _chained, "1", _rated("19536.10.1.5.1.1"), Type.INTEGER),
    "hpe-g2": Shape(f"{_E}.232.165.11", "HPE G2 PDU", _chained, "1", _rated("232.165.11.5.1.1"), Type.INTEGER),
    "enlogic": Shape(f"{_E}.38446", "Enlogic PDU", _chained),
    "rnx-updu": Shape(f"{_E}.55108", "RNX UPDU", _chained, "1", _updu, Type.COUNTER64),
    "chatsworth": Shape(
        "0.10.43.6.1.4.1",
        "Epicenter SNMP",
        lambda number: f"{number}.{_MAC_INDEX}",
        _MAC_INDEX,
        energy_type=Type.COUNTER64,
    ),
}
