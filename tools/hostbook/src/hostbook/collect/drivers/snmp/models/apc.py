"""APC (PowerNet-MIB): rPDU2 with metered outlets, and older switched ones.

Outlet energy ticks in 0.1 kWh, and stands still below about half an ampere. The index runs across a chain of PDUs and
shifts when one is added, so outlets are known by module and number. The MIB names no unit of power; watts in practice.
The reset of the outlets' registers has a stamp of its own, in the device's local time.
"""

from fractions import Fraction

from hostbook.collect.drivers.snmp.model import OFF_ON, ON_OFF, SIGNED_31, Join, Model, Register, Stamp, States, by_last

APC_RPDU2 = Model(
    name="apc-rpdu2",
    maker="APC rPDU2 (AP8xxx, APDU9xxx, AP7xxxB)",
    object_ids=("318.1.3.4",),
    discover=("318.1.1.26.9.4.3.1.11",),
    energy=Register("318.1.1.26.9.4.3.1.11", Fraction(100)),
    power=Register("318.1.1.26.9.4.3.1.7"),
    names=("318.1.1.26.9.4.3.1.3",),
    states=States("318.1.1.26.9.2.3.1.5", OFF_ON),
    stamp=Stamp("318.1.1.26.4.3.1.15", by_unit=True),
    place=by_last,
    modulus=SIGNED_31,
    serial="318.1.1.26.2.1.9.{unit}",
    firmware="318.1.1.26.2.1.6.{unit}",
    product="318.1.1.26.2.1.8.{unit}",
    join=Join(
        "318.1.1.26.9.4.3.1.2",
        "318.1.1.26.9.4.3.1.4",
        "318.1.1.26.9.2.3.1.2",
        "318.1.1.26.9.2.3.1.4",
        "318.1.1.26.9.2.3.1.3",
    ),
    cannot_read=("loads below 0.3 to 0.5 A (the device reports and counts zero)",),
)

APC_SWITCHED = Model(
    name="apc-switched",
    maker="APC switched PDUs without outlet meters (AP79xx)",
    object_ids=("318.1.3.4",),
    discover=("318.1.1.4.4.2.1.3",),
    names=("318.1.1.4.4.2.1.4",),
    states=States("318.1.1.4.4.2.1.3", ON_OFF),
    place=by_last,
    serial="318.1.1.12.1.6.0",
    firmware="318.1.1.12.1.3.0",
    product="318.1.1.12.1.5.0",
    cannot_read=("outlet energy and power (not metered)",),
)
