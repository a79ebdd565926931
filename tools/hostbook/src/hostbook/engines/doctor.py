"""What the machine must offer, examined piece by piece; each finding carries its remedy."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from hostbook.engines import jars, postgres
from hostbook.engines.errors import EngineTrouble
from hostbook.engines.java import java, java_version
from hostbook.engines.layout import KAFKA_JARS, StateFolder
from hostbook.engines.ports import is_free
from hostbook.engines.stack import Stack
from hostbook.engines.temporal import installed
from hostbook.engines.versions import OLDEST_JAVA

GIBIBYTE = 1024**3
MEMORY_GIB, DISK_GIB = 3, 2


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is a sentence or a command; it matters only where `fine` is false."""

    subject: str
    fine: bool
    seen: str
    remedy: str = ""


def examine(state: StateFolder) -> tuple[Finding, ...]:
    checks: Sequence[Callable[[StateFolder], Finding]] = (
        _python, _memory, _disk, _namespace, _postgres, _java, _jars, _programs, _ports,
    )  # fmt: skip
    return tuple(_examined(check, state) for check in checks)


def _examined(check: Callable[[StateFolder], Finding], state: StateFolder) -> Finding:
    try:
        return check(state)
    except EngineTrouble as trouble:
        return Finding(check.__name__.strip("_"), fine=False, seen=trouble.what, remedy=trouble.remedy)


def _python(_: StateFolder) -> Finding:
    seen = f"{platform.python_version()} at {sys.executable}, {platform.system()} {platform.machine()}"
    fine = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("python", fine, seen, "Use Python 3.11 to 3.13: rm -rf .venv; make install PYTHON=python3.12")


def _memory(_: StateFolder) -> Finding:
    free = psutil.virtual_memory().available / GIBIBYTE
    return Finding(
        "memory", free >= MEMORY_GIB, f"{free:.1f} GiB available", f"Close other programs: {MEMORY_GIB} GiB are wanted."
    )


def _disk(state: StateFolder) -> Finding:
    free = shutil.disk_usage(state.path if state.path.exists() else state.path.anchor).free / GIBIBYTE
    remedy = f"Free {DISK_GIB} GiB, or set HOSTBOOK_STATE to a folder on a larger disk."
    return Finding("disk", free >= DISK_GIB, f"{free:.1f} GiB free", remedy)


def _namespace(_: StateFolder) -> Finding:
    if os.geteuid() != 0:
        return Finding("unshare", fine=True, seen="not needed: you are not root")
    if shutil.which("unshare") is None:
        return Finding("unshare", fine=False, seen="not installed", remedy="apt-get install util-linux")
    tried = subprocess.run((*postgres.UNPRIVILEGED, "/bin/sh", "-c", ":"), capture_output=True, text=True, check=False)
    remedy = "Run as an ordinary user, or allow it: sysctl -w kernel.unprivileged_userns_clone=1"
    return Finding("unshare", tried.returncode == 0, tried.stderr.strip() or "user namespaces work", remedy)


def _postgres(_: StateFolder) -> Finding:
    folder = postgres.binaries()
    return Finding("postgres", fine=True, seen=f"{postgres.major_version(folder)} in {folder}")


def _java(_: StateFolder) -> Finding:
    command = java()
    version = java_version(command)
    fine = version is not None and version >= OLDEST_JAVA
    return Finding("java", fine, f"{version} at {command}", "make install (it brings a Java), or install Java 17.")


def _jars(_: StateFolder) -> Finding:
    fine = jars.checksums(KAFKA_JARS) == jars.expected()
    return Finding("kafka", fine, f"{'right' if fine else 'missing or damaged'} jars in {KAFKA_JARS}", jars.REMEDY)


def _programs(_: StateFolder) -> Finding:
    return Finding("programs", fine=True, seen=", ".join(installed(name) for name in ("temporal", "traefik")))


def _ports(state: StateFolder) -> Finding:
    stack = Stack(state.path)
    stopped = [row for row in stack.status() if not row.pid]
    taken = [row.address for row in stopped if not is_free(int(row.address.rpartition(":")[2]))]
    seen = f"taken: {', '.join(taken)}; `hostbook up` will choose others" if taken else "all free, or ours"
    return Finding("ports", fine=True, seen=seen)
