"""The test's side of faked devices, and how a process of them runs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.device_faults import BadScript, Script, script_of
from hostbook.stopping import stop_signal


class Devices(Protocol):
    """The faked devices of a process, on their addresses, under one script of faults."""

    script: Script

    def at_s(self) -> Fraction:
        """Seconds of the simulated clock since they began."""

    async def listen(self) -> None:
        """Returns when all of them answer."""

    async def close(self) -> None:
        """Listen no more."""


def arguments(prog: str, what: str) -> argparse.Namespace:
    """`--<what> FILE`, `--faults FILE`, `--control-port N`."""
    parser = argparse.ArgumentParser(prog=prog, description=f"{what.capitalize()} of our own, on 127.x addresses.")
    parser.add_argument(f"--{what}", type=Path, required=True, help=f"a JSON list of {what}")
    parser.add_argument("--faults", type=Path, help="a JSON list of faults")
    parser.add_argument("--control-port", type=int, default=0, help="of the test's side; none without it")
    return parser.parse_args()


def entries(path: Path) -> list[dict[str, Any]]:
    """The devices of a file."""
    listed: list[dict[str, Any]] = json.loads(path.read_text())
    return listed


def script_in(path: Path | None) -> Script:
    """The faults of a file; none without one."""
    return Script(script_of(json.loads(path.read_text())) if path else [])


async def serve(devices: Devices, control_port: int, more: Sequence[Route] = ()) -> None:
    """Until SIGTERM or SIGINT; says so on standard output once all of them answer. `more` are further controls."""
    await devices.listen()
    print("ready", flush=True)
    if control_port:
        control = _control(devices, more)
        config = uvicorn.Config(control, host="127.0.0.1", port=control_port, log_level="critical")
        await uvicorn.Server(config).serve()
    else:
        await stop_signal().wait()
    await devices.close()


def _control(devices: Devices, more: Sequence[Route]) -> Starlette:
    async def faults(request: Request) -> JSONResponse:
        try:
            devices.script.faults += script_of(json.loads(await request.body()), devices.at_s())
        except (BadScript, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"faults": len(devices.script.faults)})

    async def clear(_: Request) -> JSONResponse:
        devices.script.faults.clear()
        return JSONResponse({"faults": 0})

    return Starlette(
        routes=[
            Route("/_fake/faults", faults, methods=["POST"]),
            Route("/_fake/faults", clear, methods=["DELETE"]),
            *more,
        ]
    )
