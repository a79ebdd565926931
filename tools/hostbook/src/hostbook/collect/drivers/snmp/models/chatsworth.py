"""Chatsworth eConnect (CPI-UNIFIED-MIB): one agent answers for a chain of PDUs, told apart by MAC.

The index is the outlet and the MAC, as recorded a string of twelve letters with its length before it. Energy comes in
10 watt-seconds, 64 bits wide. "Power" is volt-amperes, so there are no watts. The device's object identifier is written
backwards; it is known by its description.
"""

from __future__ import annotations

from fractions import Fraction

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import COUNTER_64, Model, Place, Register, States

_OUTLETS = "30932.1.10.1.4.10.1"
_OCTETS, _LETTERS = 6, 12


def _place(index: str) -> Place:
    outlet, *rest = map(int, index.split("."))
    if len(rest) == _OCTETS:
        mac = bytes(rest).hex().upper()
    else:
        mac = "".join(map(chr, rest[1:] if len(rest) == _LETTERS + 1 else rest))
    return Place(mac, str(outlet), outlet, index.partition(".")[2])


CHATSWORTH = Model(
    name="chatsworth",
    maker="Chatsworth eConnect",
    object_ids=("30932",),
    described="Epicenter SNMP",
    discover=(f"{_OUTLETS}.4", f"{_OUTLETS}.11", f"{_OUTLETS}.10"),
    energy=Register(f"{_OUTLETS}.10", Fraction(10, 3600)),
    names=(f"{_OUTLETS}.4", f"{_OUTLETS}.5"),
    states=States(f"{_OUTLETS}.11", {0: OutletState.OFF, 1: OutletState.ON}),
    place=_place,
    modulus=COUNTER_64,
    serial="30932.1.10.1.2.10.1.18.{unit}",
    firmware="30932.1.10.1.2.10.1.10.{unit}",
    product="30932.1.10.1.2.10.1.2.{unit}",
    cannot_read=("outlet power in watts (the device knows volt-amperes)", "time of the last reset"),
)
