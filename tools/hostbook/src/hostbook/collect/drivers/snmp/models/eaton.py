"""Eaton ePDU G3 (EATON-EPDU-MIB). Units of a chain count from 0; a reset stamp of 0 means that there never was one.

Negative watts mean not available. (Power factors are negative on healthy outlets, but they are not read here.)
"""

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import Model, Register, Stamp, States, by_unit
from hostbook.collect.drivers.snmp.texts import unix_text

EATON_G3 = Model(
    name="eaton-g3",
    maker="Eaton ePDU G3",
    object_ids=("534.6.6.7",),
    discover=("534.6.6.7.6.1.1.3", "534.6.6.7.6.5.1.4"),
    energy=Register("534.6.6.7.6.5.1.4"),
    power=Register("534.6.6.7.6.5.1.3"),
    names=("534.6.6.7.6.1.1.3", "534.6.6.7.6.1.1.2", "534.6.6.7.6.1.1.6"),
    states=States(
        "534.6.6.7.6.6.1.2",
        {0: OutletState.OFF, 1: OutletState.ON, 2: OutletState.PENDING, 3: OutletState.PENDING},
    ),
    stamp=Stamp("534.6.6.7.6.5.1.5", text=unix_text),
    place=by_unit,
    serial="534.6.6.7.1.2.1.4.{unit}",
    firmware="534.6.6.7.1.2.1.5.{unit}",
    product="534.6.6.7.1.2.1.3.{unit}",
)
