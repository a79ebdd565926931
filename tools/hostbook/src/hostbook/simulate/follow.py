"""While it runs: the collector's own status, twice a second, as a bar and a few figures."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from hostbook.collect.shared_clock import SharedClock
from hostbook.simulate.files import Folder
from hostbook.simulate.processes import Processes
from hostbook.simulate.world import Span

_LOOK_S = 0.5
_DRAIN_S = 600
_STILL_S = 30


@dataclass(slots=True)
class Tally:
    """What the collector's runs came to together."""

    taken: int = 0
    refused: int = 0
    waiting: int = 0
    polls: int = 0
    scans: int = 0
    failed: int = 0

    def add(self, folder: Folder, pdus: frozenset[str]) -> None:
        """The figures of a run that has ended, from the status that it left."""
        status = status_of(folder)
        gateway, devices = status.get("gateway", {}), status.get("devices", {})
        self.taken += gateway.get("taken", 0)
        self.refused += gateway.get("refused", 0)
        self.waiting = status.get("spool", {}).get("waiting", 0)
        self.polls += sum(device.get("reads", 0) for name, device in devices.items() if name in pdus)
        self.scans += sum(device.get("reads", 0) for name, device in devices.items() if name not in pdus)
        self.failed += sum(device.get("failed", 0) for device in devices.values())


def status_of(folder: Folder) -> Mapping[str, Any]:
    """What the collector last said of itself; nothing before it said anything."""
    try:
        found: Mapping[str, Any] = json.loads(folder.status.read_text())
    except (OSError, ValueError):
        return {}
    return found


def follow(console: Console, folder: Folder, processes: Processes, clock: SharedClock, span: Span) -> None:
    """Until the simulated time is over."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[said]}"))
    length_s = int((span.ends_at - span.begins_at).total_seconds())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("simulated time", total=length_s, said="")
        while not clock.is_over():
            processes.refuse_dead()
            at = clock.now()
            passed_s = int((at - span.begins_at).total_seconds())
            bar.update(task, completed=passed_s, said=f"{at:%d %b %H:%M} UTC, {_said(status_of(folder))}")
            time.sleep(_LOOK_S)


def drain(folder: Folder, processes: Processes) -> None:
    """Until nothing waits in the spool, or nothing moves any more."""
    deadline, last, moved_at = time.monotonic() + _DRAIN_S, -1, time.monotonic()
    while time.monotonic() < deadline:
        processes.refuse_dead()
        time.sleep(_LOOK_S)
        waiting = status_of(folder).get("spool", {}).get("waiting", 0)
        if waiting != last:
            last, moved_at = waiting, time.monotonic()
        settled_s = time.monotonic() - moved_at
        if settled_s > _STILL_S or (waiting == 0 and settled_s > 3):
            return


def _said(status: Mapping[str, Any]) -> str:
    gateway, spool = status.get("gateway", {}), status.get("spool", {})
    stands = [device.get("stand") for device in status.get("devices", {}).values()]
    silent = len(stands) - stands.count("closed")
    sent = f"{gateway.get('taken', 0):,} taken, {gateway.get('refused', 0):,} refused"
    return f"{sent}, {spool.get('waiting', 0):,} waiting, {silent} of {len(stands)} devices silent"
