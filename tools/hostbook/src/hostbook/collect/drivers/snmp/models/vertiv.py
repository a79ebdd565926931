"""Vertiv: Geist (VERTIV-V5-MIB) and Liebert MPH, MPH2 (LIEBERT-GP-PDU-MIB).

The V5 text declares at most 9,999,000 Wh an outlet, and a phase of a recorded device stood above that: the register is
taken for what it is, 32 bits wide; a device that begins again earlier shows as a reset. Newer devices name a product
(21239.42) as their identifier and keep the tables of V5.
"""

from fractions import Fraction

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import Model, Register, States, by_last, by_unit

_GEIST_STATES = {
    1: OutletState.ON,
    2: OutletState.OFF,
    3: OutletState.PENDING,
    4: OutletState.PENDING,
    5: OutletState.ON,
    6: OutletState.OFF,
}

VERTIV_V5 = Model(
    name="vertiv-v5",
    maker="Vertiv/Geist (V5)",
    object_ids=("21239.5.2", "21239.42"),
    discover=("21239.5.2.3.6.1.2", "21239.5.2.3.6.1.15", "21239.5.2.3.5.1.4"),
    energy=Register("21239.5.2.3.6.1.15"),
    power=Register("21239.5.2.3.6.1.12"),
    names=("21239.5.2.3.6.1.3", "21239.5.2.3.6.1.2", "21239.5.2.3.5.1.3"),
    states=States("21239.5.2.3.5.1.4", _GEIST_STATES),
    place=by_last,
    serial="21239.5.2.1.10.0",
    firmware="21239.5.2.1.2.0",
    product="21239.5.2.1.8.0",
    cannot_read=("time of the last reset",),
)

LIEBERT_MPH2 = Model(
    name="liebert-mph2",
    maker="Liebert MPH, MPH2",
    object_ids=("476.1.42",),
    discover=("476.1.42.3.8.50.20.1.95", "476.1.42.3.8.50.20.1.85"),
    energy=Register("476.1.42.3.8.50.20.1.85", Fraction(100)),
    power=Register("476.1.42.3.8.50.20.1.65"),
    names=("476.1.42.3.8.50.20.1.10", "476.1.42.3.8.50.20.1.25"),
    states=States("476.1.42.3.8.50.20.1.95", {1: OutletState.OFF, 2: OutletState.ON, 3: OutletState.PENDING}),
    place=by_unit,
    serial="476.1.42.3.8.20.1.45.{unit}",
    product="476.1.42.2.1.2.0",
    firmware="476.1.42.2.1.3.0",
    cannot_read=("time of the last reset",),
)
