"""Temporal's development server with its state in one SQLite file."""

import shutil
import sys
from pathlib import Path

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.part import Part, Setting
from hostbook.engines.probes import http_status

NAMESPACE = "hostbook"


def installed(program: str) -> str:
    """The program that came with our environment's wheels, else the one on PATH."""
    beside = Path(sys.executable).parent / program
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        raise EngineTrouble(f"The program {program} is not installed.", "Install everything with: make install")
    return found


def temporal(setting: Setting) -> Part:
    """The namespace is the last thing the server makes: once it is served, everything is."""
    port, http = setting.ports["temporal"], setting.ports["temporal-http"]
    ui = ("--ui-port", str(setting.ports["temporal-ui"])) if setting.durable else ("--headless",)
    synchronous = "NORMAL" if setting.durable else "OFF"
    return Part(
        name="temporal",
        command=(
            installed("temporal"),
            *("server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--http-port", str(http), *ui),
            *("--db-filename", "temporal.db", "--namespace", NAMESPACE, "--log-level", "warn"),
            *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", f"synchronous={synchronous}"),
        ),
        directory=setting.state.part("temporal"),
        is_ready=lambda: http_status(http, f"/api/v1/namespaces/{NAMESPACE}") == 200,
    )
