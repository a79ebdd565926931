"""A whole stack of local processes: started in order, each part probed until it serves, stopped in reverse."""

import fcntl
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from hostbook.engines import fakes, services
from hostbook.engines.definitions import PORT_NAMES, USUAL_PORTS, definitions
from hostbook.engines.errors import EngineTrouble
from hostbook.engines.keys import kept_keys
from hostbook.engines.layout import StateFolder
from hostbook.engines.orphans import end_all, processes_of, signal_process
from hostbook.engines.part import ENGINES, FAKES, PARTS, SERVICES, Part, Setting
from hostbook.engines.ports import Ports
from hostbook.engines.status import PartStatus, status_of
from hostbook.engines.supervision import FATAL, Supervision

__all__ = ["PARTS", "SERVICES", "Stack"]

# Started one after the other; the parts of one group at once.
GROUPS = ((*ENGINES, *FAKES), (*SERVICES, "gateway"))
FAILED_STARTS = 3  # in a row: then `up` gives up, while supervisord goes on trying


class Stack:
    """The chosen parts under one state folder. As a context manager it starts all of them and stops them at the end.

    `durable=False` is for tests: PostgreSQL does not wait for the disk, and everything ends with this process
    (on Linux with the very thread that called `up` first, so let that be the main one).
    """

    def __init__(self, state: Path, parts: Sequence[str] = PARTS, *, durable: bool = True) -> None:
        unknown = set(parts) - set(PARTS)
        if unknown:
            raise EngineTrouble(f"There is no part {', '.join(sorted(unknown))}.", f"Parts: {', '.join(PARTS)}")
        self.state = StateFolder(state.resolve())
        self.state.create()
        self._ports = Ports(self.state.run / "ports.json")
        keys = kept_keys(self.state.run / "keys.json")
        self._setting = Setting(self.state, self._ports, keys, frozenset(parts), durable)
        self._wanted = tuple(part for part in PARTS if part in parts)
        if not all(name in self._ports for name in PORT_NAMES):
            self._choose_ports()
        self._supervision = Supervision(self.state, self._ports, keys.password("supervisord"), ends_with_us=not durable)

    def up(self, *names: str, report: Callable[[str, float], None] | None = None, timeout_s: float = 120.0) -> None:
        """Starts the named parts (all, if none is named) and returns when each serves. Safe to repeat.

        `report(name, seconds)` is called as each part becomes ready.
        """
        begun = time.monotonic()
        with self._alone():
            self._ensure_supervision()
        for group in GROUPS:
            chosen = [part for part in self.parts() if part.name in group and (not names or part.name in names)]
            with ThreadPoolExecutor(max_workers=len(GROUPS[0]) + len(GROUPS[1])) as threads:
                starts = {part.name: threads.submit(self._bring_up, part, timeout_s) for part in chosen}
                for name, start in starts.items():
                    start.result()
                    if report:
                        report(name, time.monotonic() - begun)

    def down(self) -> None:
        """Stops everything in reverse order and proves that no process is left."""
        with self._alone():
            self._stop_all()
        left = processes_of(self.state.path)
        if left:
            names = ", ".join(f"{process.name()} ({process.pid})" for process in left)
            raise EngineTrouble(f"These processes did not end: {names}.", "End them by hand and run it again.")

    def __enter__(self) -> Self:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()

    def parts(self) -> tuple[Part, ...]:
        """The definitions of the chosen parts that can run (a fake or a service not yet written cannot)."""
        return definitions(self._setting, self._wanted)

    @property
    def left_out(self) -> tuple[str, ...]:
        present = self.names
        return tuple(name for name in self._wanted if name not in present)

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that can run."""
        return tuple(part.name for part in self.parts())

    # ---- addresses

    def port(self, name: str) -> int:
        return self._ports[name]

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.port(name)}"

    def url(self, name: str) -> str:
        return self._setting.url(name)

    def database_url(self, service: str, role: str = "app", database: str | None = None) -> str:
        """`role` is app, owner or superuser; `database` defaults to the one named as the service."""
        user = "postgres" if role == "superuser" else f"{service}_{role}"
        return services.database_url(self._setting, database or service, user)

    def service_environment(self, service: str) -> dict[str, str]:
        return dict(services.service_environment(service, self._setting))

    @property
    def setting(self) -> Setting:
        return self._setting

    @property
    def mail_dir(self) -> Path:
        return self.state.part(fakes.MAIL_FOLDER)

    @property
    def stripe_dir(self) -> Path:
        return self.state.part(fakes.STRIPE_FOLDER)

    @property
    def otlp_file(self) -> Path:
        return self.state.part("otlp") / fakes.SPANS_FILE

    @property
    def documents_dir(self) -> Path:
        return self.state.part("documents")

    @property
    def logs_dir(self) -> Path:
        return self.state.logs

    # ---- one part

    def start(self, name: str, timeout_s: float = 60.0) -> None:
        self._bring_up(self._part(name), timeout_s)

    def stop(self, name: str) -> None:
        """Until `start` or `up`; supervisord leaves a part stopped by hand alone."""
        self._supervision.stop_processes([name])

    def kill(self, name: str) -> None:
        """SIGKILL; supervisord notices and starts it again."""
        self._signal(name, signal.SIGKILL)

    def pause(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def pid(self, name: str) -> int:
        """0 while it does not run."""
        if name == "supervisord":
            text = self.state.run / "supervisord.pid"
            return int(text.read_text()) if text.exists() else 0
        return int(self._supervision.processes().get(name, {}).get("pid", 0))

    def wait_ready(self, name: str, timeout_s: float = 60.0) -> None:
        self._wait(self._part(name), timeout_s)

    def status(self) -> tuple[PartStatus, ...]:
        return status_of(self._setting, self._wanted, self.parts(), self._supervision)

    # ---- inside

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two `up` or `down` at once would end each other's processes."""
        with (self.state.run / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _choose_ports(self) -> None:
        self._ports.choose(PORT_NAMES, USUAL_PORTS if self._setting.durable else {})

    def _ensure_supervision(self) -> None:
        """A supervisord that died leaves processes that hold ports and locks: they end before anything starts."""
        if self._supervision.is_alive() and self._supervision.is_configured_for(self.parts()):
            return
        self._stop_all()
        self._choose_ports()
        self._supervision.start(self.parts())

    def _stop_all(self) -> None:
        running = self._supervision.processes()
        for group in reversed(GROUPS):
            self._supervision.stop_processes(name for name in running if name in group)
        self._supervision.shut_down()
        end_all(self.state.path)

    def _part(self, name: str) -> Part:
        for part in self.parts():
            if part.name == name:
                return part
        raise EngineTrouble(f"{name} is no part of this stack.", f"Its parts: {', '.join(self._wanted)}")

    def _bring_up(self, part: Part, timeout_s: float) -> None:
        if self._supervision.processes()[part.name]["statename"] not in ("STARTING", "RUNNING"):
            part.prepare()
            self._supervision.start_process(part.name)
        self._wait(part, timeout_s)
        part.provision()

    def _wait(self, part: Part, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        starts = self._supervision.starts(part.name)
        while not part.is_ready():
            record = self._supervision.processes().get(part.name, {})
            failed = self._supervision.starts(part.name) - starts >= FAILED_STARTS
            if record.get("statename") == FATAL or failed or time.monotonic() > deadline:
                raise EngineTrouble(
                    f"{part.name} does not become ready ({record.get('statename', 'unknown')}). The end of its log:\n"
                    f"{self.log_tail(part.name)}",
                    f"The whole log: {self.state.log(part.name)}",
                )
            time.sleep(0.03)

    def log_tail(self, name: str, lines: int = 15) -> str:
        file = self.state.log(name)
        text = file.read_text(errors="replace") if file.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self.pid(name)
        if pid:
            signal_process(pid, number)
