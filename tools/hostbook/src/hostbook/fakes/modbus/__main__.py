"""`python -m hostbook.fakes.modbus --meters meters.json [--faults faults.json] [--control-port 9101]`.

`meters.json`: `[{"name": "FEEDER-1", "host": "127.8.0.1", "port": 1502, "map": "schneider-pm5000", "unit_id": 1,
"power_w": 480000, "start_wh": 123456789}]`. Over the control port: `POST /_fake/faults` (see `fakes.device_faults`),
`DELETE /_fake/faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.device_faults import BadScript, Script, script_of
from hostbook.fakes.modbus.meter import meter_of
from hostbook.fakes.modbus.server import Meters


def control(meters: Meters) -> Starlette:
    """The test's side: faults."""

    async def faults(request: Request) -> JSONResponse:
        try:
            meters.script.faults += script_of(json.loads(await request.body()), meters.at_s())
        except (BadScript, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"faults": len(meters.script.faults)})

    async def clear(_: Request) -> JSONResponse:
        meters.script.faults.clear()
        return JSONResponse({"faults": 0})

    return Starlette(
        routes=[
            Route("/_fake/faults", faults, methods=["POST"]),
            Route("/_fake/faults", clear, methods=["DELETE"]),
        ]
    )


async def serve(meters: Meters, control_port: int) -> None:
    """Until SIGTERM or SIGINT; says so on standard output once all of them answer."""
    await meters.listen()
    print("ready", flush=True)
    if control_port:
        config = uvicorn.Config(control(meters), host="127.0.0.1", port=control_port, log_level="critical")
        await uvicorn.Server(config).serve()
    else:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
    await meters.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.modbus", description="Meters of our own, on 127.x addresses.")
    parser.add_argument("--meters", type=Path, required=True, help="a JSON list of meters")
    parser.add_argument("--faults", type=Path, help="a JSON list of faults")
    parser.add_argument("--control-port", type=int, default=0, help="of the test's side; none without it")
    args = parser.parse_args()
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    meters = [meter_of(entry) for entry in json.loads(args.meters.read_text())]
    script = Script(script_of(json.loads(args.faults.read_text())) if args.faults else [])
    asyncio.run(serve(Meters(meters, script), args.control_port))


if __name__ == "__main__":
    main()
