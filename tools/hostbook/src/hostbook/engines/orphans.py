"""Finds and ends every process of one stack by a mark in its environment, however it lost its parent."""

import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "HOSTBOOK_STACK"
PART_MARK = "HOSTBOOK_PART"


def processes_of(state: Path) -> list[psutil.Process]:
    """All processes that carry the stack's mark, and PostgreSQL's children, which wipe their environment."""
    return [process for process in psutil.process_iter() if _belongs(process, str(state))]


def _belongs(process: psutil.Process, state: str) -> bool:
    try:
        environment = process.environ()
        if environment.get(MARK) == state and PART_MARK in environment:
            return process.status() != psutil.STATUS_ZOMBIE
        return process.name().startswith("postgres") and process.cwd() == f"{state}/postgres/cluster"
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
        return False


def end_all(state: Path, patience_s: float = 8.0) -> int:
    """Asks each to end, insists after a while, and says how many there were."""
    found = processes_of(state)
    for process in found:
        _ask_to_end(process)
    _, stubborn = psutil.wait_procs(found, timeout=patience_s)
    for process in {*stubborn, *processes_of(state)}:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=patience_s)
    return len(found)


def _ask_to_end(process: psutil.Process) -> None:
    """PostgreSQL takes SIGTERM as "wait for the clients to leave"; SIGINT is its fast stop."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGINT if process.name().startswith("postgres") else signal.SIGTERM)


def signal_process(pid: int, number: signal.Signals) -> None:
    """Pausing and resuming reach the children too. After SIGKILL this waits until the process is truly dead."""
    with suppress(psutil.NoSuchProcess):  # at whatever moment it goes
        process = psutil.Process(pid)
        if number == signal.SIGKILL:
            _signal(process, number)
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.005)
            return
        for member in (process, *process.children(recursive=True)):
            _signal(member, number)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
