"""The processes of a simulation: fakes and collector, all on the simulation's clock, each with a log of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import IO

from hostbook.collect.clock import VARIABLE
from hostbook.simulate.files import Folder
from hostbook.simulate.plan import BadSite, SitePlan

_READY_S, _END_S = 60, 20
_COLLECTOR = ("-m", "hostbook", "collect", "--config")


class Processes:
    """Started with the folder's clock, ended together."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._environment = {**os.environ, VARIABLE: str(folder.clock)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            self._ended(process)
        for log in self._logs:
            log.close()

    def fakes(self, plan: SitePlan) -> None:
        """Start the devices and wait until the last one listens. Raises `BadSite` with the log's last words."""
        self._start("pdus", ["-m", "hostbook.fakes.snmp", str(self._folder.pdus)])
        faults = ["--faults", str(self._folder.faults)]
        if plan.miner_units():
            self._start("miners", ["-m", "hostbook.fakes.miner", "--machines", str(self._folder.miners), *faults])
        if plan.all_meters():
            self._start("meters", ["-m", "hostbook.fakes.modbus", "--meters", str(self._folder.meters), *faults])
        self._wait_for_line("pdus", b"ready")
        for name, port in (("miners", plan.miner_port), ("meters", plan.modbus_port)):
            if name in self._running:
                self._wait_for_line(name, b"ready", port)

    def collector(self) -> None:
        """Start the collector and wait until it is at work; it runs until `stop_collector`."""
        self._folder.status.unlink(missing_ok=True)
        self._start("collector", [*_COLLECTOR, str(self._folder.collector)])
        deadline = time.monotonic() + _READY_S
        while not self._folder.status.exists():
            if self._running["collector"].poll() is not None or time.monotonic() > deadline:
                raise self._trouble("collector")
            time.sleep(0.05)

    def collect_once(self) -> None:
        """Read every device one time and send all that waits."""
        name = "collector-once"
        self._start(name, [*_COLLECTOR, str(self._folder.collector), "--once"])
        self._running.pop(name).wait()

    def stop_collector(self) -> None:
        process = self._running.pop("collector")
        process.terminate()
        self._ended(process)

    def refuse_dead(self) -> None:
        """A process that ended by itself ends the simulation."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise self._trouble(name)

    def _start(self, name: str, words: Sequence[str]) -> None:
        log = (self._folder.path / f"{name}.log").open("ab")
        self._logs.append(log)
        self._running[name] = subprocess.Popen(
            [sys.executable, *words], env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )

    def _wait_for_line(self, name: str, line: bytes, port: int | None = None) -> None:
        deadline = time.monotonic() + _READY_S
        log = self._folder.path / f"{name}.log"
        while line not in log.read_bytes():
            if self._running[name].poll() is not None or time.monotonic() > deadline:
                raise self._trouble(name, port)
            time.sleep(0.05)

    def _trouble(self, name: str, port: int | None = None) -> BadSite:
        words = (self._folder.path / f"{name}.log").read_text(errors="replace").strip().splitlines()
        remedy = f"is port {port} free? see {name}.log" if port else f"see {name}.log"
        return BadSite(f"The {name} ended: {words[-1] if words else 'no word'}", field=name, remedy=remedy)

    @staticmethod
    def _ended(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
