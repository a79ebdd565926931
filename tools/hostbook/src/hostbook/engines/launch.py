"""Becomes one part of the stack: `launch.py SPEC` reads its command and environment and replaces itself.

Run by path in isolated mode (only the standard library), so that quoting, secrets and line breaks in the environment
never pass through another program's configuration file.
"""

import ctypes
import json
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(parent: int) -> None:
    """Linux sends SIGTERM when the parent dies, however it dies; elsewhere the next start cleans up."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("The process that asked for this one has ended already.")


def main() -> None:
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    if spec["ends_with"]:
        end_with_parent(spec["ends_with"])
    with open(spec["starts"], "a") as starts:  # one line per start: how often a part was restarted
        starts.write(f"{time.time_ns()}\n")
    os.makedirs(spec["directory"], mode=0o700, exist_ok=True)
    os.chdir(spec["directory"])
    os.execvpe(spec["command"][0], spec["command"], spec["environment"])


main()
