"""Makers with one table: Tripp Lite (no outlet energy at all) and Riedo/Bachmann RNX UPDU.

Tripp Lite's "24 h" energy extrapolates the present power and is never read; a meter of energy per outlet is missing.
RNX keeps meters of the PDU, its phases, its modules and its outlets in one table: only type 6 is an outlet.
"""

from collections.abc import Mapping

from hostbook.collect.drivers.snmp.model import (
    COUNTER_64,
    ENTERPRISES,
    OFF_ON,
    Model,
    Place,
    Register,
    States,
    Value,
    by_unit,
)

_RNX_TYPE, _RNX_OUTLET = "55108.1.3.1.1.3", 6


def _rnx_place(index: str) -> Place:
    return Place("1", index, None)


def _is_outlet(cells: Mapping[str, Value], row: str) -> bool:
    return cells.get(f"{ENTERPRISES}.{_RNX_TYPE}.{row}") == _RNX_OUTLET


TRIPP_LITE = Model(
    name="tripp-lite",
    maker="Tripp Lite",
    object_ids=("850.1", "850.100"),
    discover=("850.1.1.3.2.3.3.1.1.4", "850.1.1.3.2.3.3.1.1.2"),
    power=Register("850.1.1.3.2.3.3.1.1.9"),
    names=("850.1.1.3.2.3.3.1.1.2",),
    states=States("850.1.1.3.2.3.3.1.1.4", OFF_ON),
    place=by_unit,
    serial="850.1.1.2.1.1.5.{unit}",
    firmware="850.1.1.2.1.1.4.{unit}",
    product="850.1.1.1.2.1.5.{unit}",
    cannot_read=("outlet energy (the device keeps none; bill such outlets by hashrate or by nameplate)",),
)

RNX_UPDU = Model(
    name="rnx-updu",
    maker="Riedo/Bachmann RNX UPDU",
    object_ids=("55108",),
    discover=(_RNX_TYPE,),
    energy=Register("55108.1.3.1.1.4"),
    power=Register("55108.1.3.1.1.7"),
    names=("55108.1.3.1.1.13", "55108.1.3.1.1.12", "55108.1.3.1.1.2"),
    place=_rnx_place,
    modulus=COUNTER_64,
    serial="55108.1.1.2.0",
    product="55108.1.1.1.0",
    keeps=_is_outlet,
    cannot_read=("outlet state", "time of the last reset"),
)
