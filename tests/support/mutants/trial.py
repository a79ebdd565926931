"""python -m support.mutants.trial PACKAGE MUTANTS RESULTS JOBS: the tests of a package, once for each mutant.

The tests are collected once; for each mutant a forked process gets the changed code and runs them, -x. Run it in a copy
of the repository, so that work on it meanwhile changes nothing.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.mutants.pick import Mutant
from support.mutants.swap import swap

GENERATED = tuple(
    f"tests/scenarios/test_against_reference.py::test_generated_months_are_billed_as_the_reference_bills_them[{block}]"
    for block in range(4)
)
CASES = ("tests/scenarios/test_scenarios.py", *GENERATED)
NAMES = "tests/scenarios/test_names_of_factors.py"
TESTS = {
    "metering": (CASES[0], "tests/unit/metering", *GENERATED),
    "contracts": ("tests/unit/contracts", CASES[0]),
    "invoicing": (CASES[0], "tests/unit/invoicing", "tests/unit/peers", NAMES, *GENERATED),
}
SLOWER = 4  # a mutant that needs this many times the processor time of the clean tests hangs
OPTIONS = ("-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", "--no-header", "--tb=line")
SURVIVED, NOTICED = 0, 1


@dataclass
class Loop:
    """In place of pytest's own loop: all mutants, some at a time."""

    mutants: list[Mutant]
    results: Path
    jobs: int
    running: dict[int, int] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Proves that the clean tests pass, then tries each mutant; a line of results for each."""
        clean = os.wait4(self._started(session, None, 3600), 0)
        if clean[1] != 0:
            raise pytest.UsageError("the tests fail without any mutant")
        limit_s = 5 + SLOWER * int(clean[2].ru_utime + clean[2].ru_stime + 1)
        for number, mutant in enumerate(self.mutants):
            if len(self.running) == self.jobs:
                self._one_ends()
            self.running[self._started(session, mutant, limit_s)] = number
        while self.running:
            self._one_ends()
        return True

    def _one_ends(self) -> None:
        """A test that fails, a crash, or all of its processor time used; ended from outside is no result."""
        pid, status, _ = os.wait3(0)
        number = self.running.pop(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            raise pytest.UsageError("a process was ended from outside")
        with self.results.open("a") as results:
            results.write(json.dumps([number, status != SURVIVED]) + "\n")

    def _started(self, session: pytest.Session, mutant: Mutant | None, limit_s: int) -> int:
        pid = os.fork()
        if pid == 0:
            code = NOTICED
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
                if mutant is not None:
                    swap(mutant)
                code = _run(session)
            finally:
                os._exit(code)
        return pid


def _run(session: pytest.Session) -> int:
    """The collected tests until one fails."""
    following: list[pytest.Item | None] = [*session.items[1:], None]
    for item, coming in zip(session.items, following, strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=coming)
        if session.testsfailed:
            return NOTICED
    return SURVIVED


def main(package: str, mutants: str, results: str, jobs: str) -> int:
    """Collects the tests of a package and hands them to the loop."""
    tests = [path for path in TESTS[package] if Path(path.split("::")[0]).exists()]
    chosen = pickle.loads(Path(mutants).read_bytes())
    return int(pytest.main([*OPTIONS, *tests], plugins=[Loop(chosen, Path(results), int(jobs))]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
