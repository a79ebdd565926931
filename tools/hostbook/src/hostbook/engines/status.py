"""What `hostbook status` knows of each part."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psutil

from hostbook.engines.part import SERVICES, Part, Setting
from hostbook.engines.probes import http_answer
from hostbook.engines.supervision import Supervision

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PartStatus:
    """`state` is supervisord's word, or DOWN, or LEFT OUT; memory includes child processes."""

    name: str
    state: str
    address: str
    ready: bool
    pid: int
    memory_mb: int
    restarts: int
    consumer_lag: int | None = None
    outbox_pending: int | None = None
    failing: tuple[str, ...] = ()


def status_of(
    setting: Setting, wanted: Sequence[str], parts: Sequence[Part], supervision: Supervision
) -> tuple[PartStatus, ...]:
    """All parts are asked at once, so that one that hangs costs one second and not one each."""
    records = supervision.processes()
    by_name = {part.name: part for part in parts}
    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as threads:
        asked = [
            threads.submit(_one, setting, name, by_name.get(name), records.get(name), supervision.starts(name))
            for name in wanted
        ]
        return tuple(answer.result() for answer in asked)


def _one(setting: Setting, name: str, part: Part | None, record: dict[str, Any] | None, starts: int) -> PartStatus:
    address = f"127.0.0.1:{setting.ports[name]}"
    if part is None:
        return PartStatus(name, "LEFT OUT", address, ready=False, pid=0, memory_mb=0, restarts=0)
    pid = int(record["pid"]) if record else 0
    health = _health(setting.ports[name]) if name in SERVICES and pid else {}
    checks = health.get("checks")
    return PartStatus(
        name=name,
        state=str(record["statename"]) if record else "DOWN",
        address=address,
        ready=pid > 0 and part.is_ready(),
        pid=pid,
        memory_mb=_memory_mb(pid),
        restarts=max(0, starts - 1),
        consumer_lag=health.get("consumer_lag"),
        outbox_pending=health.get("outbox_pending"),
        failing=tuple(key for key, value in checks.items() if value not in (True, "ok"))
        if isinstance(checks, dict)
        else (),
    )


def _health(port: int) -> dict[str, Any]:
    return http_answer(port, "/health/ready")[1] or {}


def _memory_mb(pid: int) -> int:
    """Resident memory; PostgreSQL's shared buffers count once per process that touched them."""
    if not pid:
        return 0
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family) // MEBIBYTE
    except psutil.Error:
        return 0
