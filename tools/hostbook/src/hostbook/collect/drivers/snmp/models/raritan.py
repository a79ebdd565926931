"""Raritan and Legrand PX (PDU2-MIB, also ServerTech PRO3X/4X with the same firmware), and the older PX1 (PDU-MIB).

PX2 and later have a row per outlet and kind of sensor: 5 active power, 8 active energy, 14 relay. The value is scaled
by digits that a firmware may change, so they are read each time. Whether a value is one is told by its state, not by
the column of availability; the signed column is 0 for energy and never used.
"""

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import Model, Register, States, by_last, by_unit

_VALUE, _STATE, _DIGITS = "13742.6.5.4.3.1.4", "13742.6.5.4.3.1.3", "13742.6.3.5.4.1.7"
_LABEL, _NAME = "13742.6.3.5.3.1.2", "13742.6.3.5.3.1.3"

RARITAN_PX2 = Model(
    name="raritan-px",
    maker="Raritan/Legrand PX2, PX3, PX4; ServerTech PRO3X, PRO4X",
    object_ids=("13742.6",),
    discover=(_LABEL, _VALUE),
    energy=Register(_VALUE, suffix=".8", digits=_DIGITS, availability=_STATE),
    power=Register(_VALUE, suffix=".5", digits=_DIGITS, availability=_STATE),
    names=(_NAME, _LABEL),
    states=States(_STATE, {7: OutletState.ON, 8: OutletState.OFF}, suffix=".14"),
    place=by_unit,
    serial="13742.6.3.2.1.1.4.{unit}",
    firmware="13742.6.3.2.3.1.6.{unit}.1.1",
    product="13742.6.3.2.1.1.3.{unit}",
    cannot_read=("time of the last reset (sent as a trap only)",),
)

RARITAN_PX1 = Model(
    name="raritan-px1",
    maker="Raritan PX1",
    object_ids=("13742.4", "13742.1"),
    discover=("13742.4.1.2.2.1.2", "13742.4.1.2.2.1.31"),
    energy=Register("13742.4.1.2.2.1.31"),
    power=Register("13742.4.1.2.2.1.7"),
    names=("13742.4.1.2.2.1.2",),
    states=States("13742.4.1.2.2.1.3", {0: OutletState.OFF, 1: OutletState.ON, 2: OutletState.PENDING}),
    place=by_last,
    serial="13742.4.1.1.2.0",
    firmware="13742.4.1.1.1.0",
    energy_support="13742.4.1.1.32.0",
    cannot_read=("time of the last reset",),
)
