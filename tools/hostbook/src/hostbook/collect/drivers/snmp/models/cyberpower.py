"""CyberPower: ePDU2 (1.1.6) and ePDU (1.1.3); a device may answer in both trees, one is read.

Energy in 0.1 kWh. An outlet without a meter answers zeros and an empty date; those zeros are no measurement.
The stamp "since" is no sure sign of a reset: a recorded register began again without a new one.
"""

from fractions import Fraction

from hostbook.collect.drivers.snmp.model import ON_OFF, Join, Model, Register, Stamp, States, by_last

_NEVER = "00/00/2000 00:00:00"
_WEAK = ("reset of a register for sure (the stamp may stay)",)

CYBERPOWER_EPDU2 = Model(
    name="cyberpower-epdu2",
    maker="CyberPower ePDU2",
    object_ids=("3808.1.1.6",),
    discover=("3808.1.1.6.6.2.4.1.11",),
    energy=Register("3808.1.1.6.6.2.4.1.11", Fraction(100)),
    power=Register("3808.1.1.6.6.2.4.1.7"),
    names=("3808.1.1.6.6.2.4.1.4",),
    states=States("3808.1.1.6.6.1.4.1.5", ON_OFF),
    stamp=Stamp("3808.1.1.6.6.2.4.1.12", unmetered=_NEVER),
    place=by_last,
    serial="3808.1.1.6.2.2.1.10.{unit}",
    firmware="3808.1.1.6.2.2.1.7.{unit}",
    product="3808.1.1.6.2.2.1.9.{unit}",
    join=Join(
        "3808.1.1.6.6.2.4.1.2",
        "3808.1.1.6.6.2.4.1.3",
        "3808.1.1.6.6.1.4.1.2",
        "3808.1.1.6.6.1.4.1.3",
        "3808.1.1.6.6.1.4.1.4",
    ),
    cannot_read=_WEAK,
)

CYBERPOWER_EPDU = Model(
    name="cyberpower-epdu",
    maker="CyberPower ePDU",
    object_ids=("3808.1.1.3",),
    discover=("3808.1.1.3.3.5.1.1.2", "3808.1.1.3.3.5.1.1.13"),
    energy=Register("3808.1.1.3.3.5.1.1.13", Fraction(100)),
    power=Register("3808.1.1.3.3.5.1.1.8"),
    names=("3808.1.1.3.3.5.1.1.2",),
    states=States("3808.1.1.3.3.5.1.1.4", ON_OFF),
    stamp=Stamp("3808.1.1.3.3.5.1.1.14", unmetered=_NEVER),
    place=by_last,
    serial="3808.1.1.3.1.6.0",
    firmware="3808.1.1.3.1.3.0",
    product="3808.1.1.3.1.5.0",
    cannot_read=_WEAK,
)
