"""`python -m hostbook.fakes.miner --machines machines.json [--faults faults.json] [--control-port 9100]`.

`machines.json`: `[{"name": "U1", "host": "127.9.0.1", "port": 4028, "firmware": "luxos", "model": "Antminer S19k Pro",
"ths": "120", "power_w": 2760}]`; firmwares: antminer, antminer-old, luxos, braiins, vnish, whatsminer, whatsminer-v3,
avalon. `"recorded": "folder"` answers the files of a folder instead. Over the control port: `POST /_fake/faults` (see
`fakes.device_faults`), `DELETE /_fake/faults`, `POST /_fake/machines/U1` (`ths`, `power_w`, `is_asleep`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from fractions import Fraction
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.device_faults import BadScript, Script, script_of
from hostbook.fakes.miner.machine import machine_of
from hostbook.fakes.miner.server import Miners


def control(miners: Miners) -> Starlette:
    """The test's side: faults, and what a machine does."""

    async def faults(request: Request) -> JSONResponse:
        try:
            miners.script.faults += script_of(json.loads(await request.body()), miners.at_s())
        except (BadScript, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"faults": len(miners.script.faults)})

    async def clear(_: Request) -> JSONResponse:
        miners.script.faults.clear()
        return JSONResponse({"faults": 0})

    async def change(request: Request) -> JSONResponse:
        machine = miners.machines[request.path_params["name"]]
        wanted = json.loads(await request.body())
        machine.ths = Fraction(str(wanted.get("ths", machine.ths)))
        machine.power_w = int(wanted.get("power_w", machine.power_w))
        machine.is_asleep = bool(wanted.get("is_asleep", machine.is_asleep))
        return JSONResponse({"name": machine.name})

    return Starlette(
        routes=[
            Route("/_fake/faults", faults, methods=["POST"]),
            Route("/_fake/faults", clear, methods=["DELETE"]),
            Route("/_fake/machines/{name}", change, methods=["POST"]),
        ]
    )


async def serve(miners: Miners, control_port: int) -> None:
    """Until SIGTERM or SIGINT; says so on standard output once all of them answer."""
    await miners.listen()
    print("ready", flush=True)
    if control_port:
        config = uvicorn.Config(control(miners), host="127.0.0.1", port=control_port, log_level="critical")
        await uvicorn.Server(config).serve()
    else:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
    await miners.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.miner", description="Miners of our own, on 127.x addresses.")
    parser.add_argument("--machines", type=Path, required=True, help="a JSON list of machines")
    parser.add_argument("--faults", type=Path, help="a JSON list of faults")
    parser.add_argument("--control-port", type=int, default=0, help="of the test's side; none without it")
    args = parser.parse_args()
    machines = [machine_of(entry) for entry in json.loads(args.machines.read_text())]
    script = Script(script_of(json.loads(args.faults.read_text())) if args.faults else [])
    asyncio.run(serve(Miners(machines, script), args.control_port))


if __name__ == "__main__":
    main()
