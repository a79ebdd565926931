"""`python -m hostbook.fakes.miner --machines machines.json [--faults faults.json] [--control-port 9100]`.

`machines.json`: `[{"name": "U1", "host": "127.9.0.1", "port": 4028, "firmware": "luxos", "model": "Antminer S19k Pro",
"ths": "120", "power_w": 2760}]`; firmwares: antminer, antminer-old, luxos, braiins, vnish, whatsminer, whatsminer-v3,
avalon. `"recorded": "folder"` answers the files of a folder instead. Over the control port: `POST /_fake/faults` (see
`fakes.device_faults`), `DELETE /_fake/faults`, `POST /_fake/machines/U1` (`ths`, `power_w`, `is_asleep`).
"""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.device_control import arguments, entries, script_in, serve
from hostbook.fakes.miner.machine import machine_of
from hostbook.fakes.miner.server import Miners


def of_machines(miners: Miners) -> Route:
    """What a machine does is changed while it runs."""

    async def change(request: Request) -> JSONResponse:
        machine = miners.machines[request.path_params["name"]]
        wanted = json.loads(await request.body())
        machine.ths = Fraction(str(wanted.get("ths", machine.ths)))
        machine.power_w = int(wanted.get("power_w", machine.power_w))
        machine.is_asleep = bool(wanted.get("is_asleep", machine.is_asleep))
        return JSONResponse({"name": machine.name})

    return Route("/_fake/machines/{name}", change, methods=["POST"])


def main() -> None:
    args = arguments("hostbook.fakes.miner", "machines")
    miners = Miners([machine_of(entry) for entry in entries(args.machines)], script_in(args.faults))
    asyncio.run(serve(miners, args.control_port, [of_machines(miners)]))


if __name__ == "__main__":
    main()
