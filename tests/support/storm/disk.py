"""The disk under the database, small enough to be filled.

Where a file system may be mounted, PostgreSQL's whole folder lies on one of its own, and a file takes all that is left:
real ENOSPC for tables and log alike. Elsewhere the size of files is limited in PostgreSQL's processes: their writes
fail as well (EFBIG), the server ends as it does on a full disk, and comes back when the limit is gone.
"""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psutil

from hostbook.engines.stack import Stack

_NAME = "hostbook-faults"


class Disk(Protocol):
    """`fill` leaves no room at all; `free` gives it back."""

    def fill(self, stack: Stack, /) -> None: ...

    def free(self) -> None: ...


class Mounted:
    """A file system in memory, and a file on it that grows until nothing is left."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, _stack: Stack, /) -> None:
        step = 1 << 20
        with self._ballast.open("ab", buffering=0) as file:
            while step:
                try:
                    file.write(b"\0" * step)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    step //= 16

    def free(self) -> None:
        self._ballast.unlink()


class Limited:
    """A limit on the size of every file that PostgreSQL's processes write."""

    def fill(self, stack: Stack, /) -> None:
        server = psutil.Process(stack.pid("postgres"))
        for process in (server, *server.children(recursive=True)):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1 << 16, resource.RLIM_INFINITY))

    def free(self) -> None:
        """The server that came back has no limit."""


def _forget_old_disks() -> None:
    """A run that was killed leaves its disk behind; the folder is named after the process."""
    mounted = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    for folder in (Path(fields[1]) for fields in mounted if fields[0] == _NAME):
        owner = folder.parent.name.split("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """A disk under the folder for as long as the block lasts; what uses it must have ended by then."""
    folder.mkdir(mode=0o700, parents=True)
    options = f"size={megabytes}m,mode=700"
    asked = os.environ.get("HOSTBOOK_FAULTS_DISK", "mounted") == "mounted"
    words = ["mount", "-t", "tmpfs", "-o", options, _NAME, str(folder)]
    _forget_old_disks()
    if asked and subprocess.run(words, capture_output=True, check=False).returncode == 0:
        try:
            yield Mounted(folder)
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    else:
        yield Limited()
