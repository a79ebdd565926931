"""`python -m hostbook.fakes.modbus --meters meters.json [--faults faults.json] [--control-port 9101]`.

`meters.json`: `[{"name": "FEEDER-1", "host": "127.8.0.1", "port": 1502, "map": "schneider-pm5000", "unit_id": 1,
"power_w": 480000, "start_wh": 123456789}]`. Over the control port: `POST /_fake/faults` (see `fakes.device_faults`),
`DELETE /_fake/faults`.
"""

from __future__ import annotations

import asyncio
import logging

from hostbook.fakes.device_control import arguments, entries, script_in, serve
from hostbook.fakes.modbus.meter import meter_of
from hostbook.fakes.modbus.server import Meters


def main() -> None:
    args = arguments("hostbook.fakes.modbus", "meters")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    meters = Meters([meter_of(entry) for entry in entries(args.meters)], script_in(args.faults))
    asyncio.run(serve(meters, args.control_port))


if __name__ == "__main__":
    main()
