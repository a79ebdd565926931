"""supervisord as the keeper of the processes: restarts with backoff, a log per process.

We write its configuration, start it and drive it over XML-RPC on a port of 127.0.0.1 that asks for a password.
"""

import http.client
import json
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.layout import StateFolder
from hostbook.engines.orphans import MARK, PART_MARK
from hostbook.engines.part import Part
from hostbook.engines.ports import Ports

LAUNCH = Path(__file__).with_name("launch.py")
START_TIMEOUT_S = 20.0
# What a process gets of our own environment; everything else is given to it by name.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "SSL_CERT_FILE", "USER", "LOGNAME")
FATAL, STOPPED = "FATAL", ("STOPPED", "EXITED", "FATAL")

SETTINGS = """\
[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisord.log
logfile_maxbytes=10MB
logfile_backups=1
pidfile=run/supervisord.pid
identifier=hostbook
{user}
[inet_http_server]
port=127.0.0.1:{port}
username=hostbook
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# `startsecs` tells a start that failed (backoff grows by a second each time) from a process that ran and died.
PROGRAM = """
[program:{name}]
command=./run/start {name}
autostart=false
autorestart=true
startsecs=2
startretries=40
stopsignal={stop_signal}
stopwaitsecs={stop_wait_s}
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


class Supervision:
    """One supervisord and the processes under it. Safe to call from several threads."""

    def __init__(self, state: StateFolder, ports: Ports, password: str, *, ends_with_us: bool) -> None:
        self._state = state
        self._ports = ports
        self._password = password
        self._ends_with_us = ends_with_us
        self._started: subprocess.Popen[bytes] | None = None

    def is_alive(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return False

    def is_configured_for(self, parts: Iterable[Part]) -> bool:
        """Whether the files on disk, which the running supervisord has read, say just this."""
        return all(path.exists() and path.read_text() == text for path, text in self._files(parts).items())

    def start(self, parts: Iterable[Part]) -> None:
        for path, text in self._files(parts).items():
            path.touch(mode=0o700 if path.name == "start" else 0o600)
            path.write_text(text)
        for starts in self._state.run.glob("*.starts"):
            starts.unlink()
        with self._state.log("supervisord").open("ab") as log:
            # Kept, so that its end is noticed and it never stays as a zombie of a long-lived caller.
            self._started = subprocess.Popen(
                [self._state.run / "start", "supervisord"],
                cwd=self._state.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_alive():
            if self._started.poll() is not None or time.monotonic() > deadline:
                raise EngineTrouble("supervisord does not start.", f"Its log: {self._state.log('supervisord')}")
            time.sleep(0.02)

    def processes(self) -> dict[str, dict[str, Any]]:
        """supervisord's own record of each process, by name; empty when supervisord does not run."""
        try:
            return {record["name"]: record for record in self._call("getAllProcessInfo")}
        except (OSError, http.client.HTTPException):
            return {}

    def start_process(self, name: str) -> None:
        """Does not wait; a process that is already up, or about to be, is left alone."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise EngineTrouble(
                    f"{name} cannot be started: {fault.faultString}", "See `hostbook doctor`."
                ) from fault

    def stop_processes(self, names: Iterable[str], timeout_s: float = 40.0) -> None:
        """Signals all, then waits for all; supervisord kills what does not heed."""
        waiting = set(names)
        for name in waiting:
            try:
                self._call("stopProcess", name, False)
            except xmlrpc.client.Fault:  # NOT_RUNNING: a process waiting in backoff, or one that never ran
                continue
        deadline = time.monotonic() + timeout_s
        while waiting and time.monotonic() < deadline:
            records = self.processes()
            waiting = {name for name in waiting if name in records and records[name]["statename"] not in STOPPED}
            time.sleep(0.03)

    def shut_down(self, timeout_s: float = 10.0) -> None:
        try:
            pid = self._call("getPID")
            self._call("shutdown")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and _runs(pid, self._started):
            time.sleep(0.03)

    def starts(self, name: str) -> int:
        """How often the process was started since supervisord was."""
        file = self._state.run / f"{name}.starts"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def _call(self, method: str, *arguments: Any) -> Any:
        address = f"http://hostbook:{self._password}@127.0.0.1:{self._ports['supervisord']}/RPC2"
        with xmlrpc.client.ServerProxy(address, transport=_ImpatientTransport()) as server:
            return getattr(server.supervisor, method)(*arguments)

    def _files(self, parts: Iterable[Part]) -> dict[Path, str]:
        run = self._state.run
        user = "user=root\n" if os.geteuid() == 0 else ""
        settings = SETTINGS.format(port=self._ports["supervisord"], password=self._password, user=user)
        files = {run / "start": _start_script()}
        for part in parts:
            settings += PROGRAM.format(name=part.name, stop_signal=part.stop_signal, stop_wait_s=part.stop_wait_s)
            environment = self._environment(part.name) | dict(part.environment)
            files[run / f"{part.name}.json"] = self._spec(part.name, part.command, part.directory, environment)
        keeper = (sys.executable, "-c", "from supervisor.supervisord import main; main()", "-c", "run/supervisord.conf")
        files[run / "supervisord.json"] = self._spec(
            "supervisord", keeper, self._state.path, self._environment("supervisord"), tied=self._ends_with_us
        )
        return files | {run / "supervisord.conf": settings}

    def _environment(self, name: str) -> dict[str, str]:
        inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
        telemetry = {key: value for key, value in os.environ.items() if key.startswith("OTEL_")}
        marks = {MARK: str(self._state.path), PART_MARK: name, "PYTHONUNBUFFERED": "1"}
        return {"LANG": "C.UTF-8", **inherited, **telemetry, **marks}

    def _spec(
        self, name: str, command: tuple[str, ...], directory: Path, environment: dict[str, str], *, tied: bool = False
    ) -> str:
        spec = {
            "command": command,
            "directory": str(directory),
            "environment": environment,
            "starts": str(self._state.run / f"{name}.starts"),
            "ends_with": os.getpid() if tied else None,
        }
        return json.dumps(spec, indent=1)


class _ImpatientTransport(xmlrpc.client.Transport):
    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = 5.0
        return connection


def _start_script() -> str:
    """Names the interpreter and the launcher with quotes, so that no path meets supervisord's own quoting."""
    python, launch = shlex.quote(sys.executable), shlex.quote(str(LAUNCH))
    return f'#!/bin/sh\nexec {python} -I -S {launch} "run/$1.json"\n'


def _runs(pid: int, child: subprocess.Popen[bytes] | None) -> bool:
    if child is not None and child.pid == pid:
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
