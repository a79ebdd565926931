"""Server Technology: PRO1 and PRO2 (Sentry4-MIB) and the older Sentry3 line.

Outlet energy counts Wh, while the cords of the same table count 0.1 kWh: only the outlets are read. A second unit in
the agent is a linked expansion PDU. Outlets are numbered per cord or infeed.
"""

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import ON_OFF, SIGNED_31, Model, Register, States, by_unit

SENTRY4 = Model(
    name="sentry4",
    maker="Server Technology PRO1, PRO2 (Sentry4)",
    object_ids=("1718.4",),
    discover=("1718.4.1.8.2.1.2", "1718.4.1.8.3.1.14"),
    energy=Register("1718.4.1.8.3.1.14"),
    power=Register("1718.4.1.8.3.1.7"),
    names=("1718.4.1.8.2.1.3", "1718.4.1.8.2.1.2"),
    states=States("1718.4.1.8.3.1.1", ON_OFF),
    place=by_unit,
    modulus=SIGNED_31,
    serial="1718.4.1.2.2.1.4.{unit}",
    firmware="1718.4.1.1.1.3.0",
    product="1718.4.1.2.2.1.5.{unit}",
    cannot_read=("time of the last reset",),
)

SENTRY3 = Model(
    name="sentry3",
    maker="Server Technology Sentry3",
    object_ids=("1718.3",),
    discover=("1718.3.2.3.1.2", "1718.3.2.3.1.18"),
    energy=Register("1718.3.2.3.1.18"),
    power=Register("1718.3.2.3.1.14"),
    names=("1718.3.2.3.1.3", "1718.3.2.3.1.2"),
    states=States(
        "1718.3.2.3.1.5",
        {
            0: OutletState.OFF,
            1: OutletState.ON,
            2: OutletState.PENDING,
            3: OutletState.PENDING,
            4: OutletState.OFF,
            5: OutletState.ON,
            8: OutletState.OFF,
            9: OutletState.ON,
        },
    ),
    place=by_unit,
    modulus=SIGNED_31,
    serial="1718.3.2.1.1.6.{unit}",
    firmware="1718.3.1.1.0",
    product="1718.3.2.1.1.7.{unit}",
    cannot_read=("time of the last reset",),
)
