"""`python -m hostbook.fakes.snmp site.json`: runs until SIGTERM; faults are read again whenever the file changes."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from hostbook.fakes.snmp.agent import serve
from hostbook.fakes.snmp.site import faults_of, site_of
from hostbook.stopping import stop_signal

_LOOK_S = 0.05


def _read(path: Path) -> tuple[bytes, Any]:
    text = path.read_bytes()
    return text, json.loads(text)


async def run(path: Path) -> None:
    """Serve the file's agents, and say so on standard output once they answer."""
    stopped = stop_signal()
    seen, content = _read(path)
    agents = await serve(site_of(content, path.parent))
    print("ready", flush=True)
    while not stopped.is_set():
        changed, content = _read(path)
        if changed != seen:
            seen = changed
            agents.faults(faults_of(content))
        try:
            await asyncio.wait_for(stopped.wait(), _LOOK_S)
        except TimeoutError:
            continue
    agents.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.snmp", description="Serves PDUs that are not there.")
    parser.add_argument("site", type=Path, help="the file of agents and faults")
    asyncio.run(run(parser.parse_args().site))


if __name__ == "__main__":
    main()
