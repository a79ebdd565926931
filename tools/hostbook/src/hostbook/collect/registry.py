"""Which module speaks which driver's language; imported when the first device asks for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

from hostbook.collect.driver import BadDevice, Device, Driver

DRIVERS = {
    "snmp": "hostbook.collect.drivers.snmp.gateway",
    "modbus": "hostbook.collect.drivers.modbus.gateway",
    "cgminer": "hostbook.collect.drivers.cgminer.gateway",
    "whatsminer": "hostbook.collect.drivers.cgminer.whatsminer_v3",
}


def driver_of(device: Device) -> Driver:
    """The device's driver, built; an unknown name or a configuration that cannot work is refused (`BadDevice`)."""
    module = DRIVERS.get(device.driver)
    if module is None:
        known = ", ".join(sorted(DRIVERS))
        raise BadDevice(f"There is no driver {device.driver!r}.", field="driver", remedy=f"one of {known}")
    build = cast(Callable[[Device], Driver], importlib.import_module(module).build)
    return build(device)
