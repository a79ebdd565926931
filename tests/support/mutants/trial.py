"""One mutant under test: in a copy of the repository the tests of its package run, -x."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support.mutants.pick import Mutant

COPIED = ("libs", "services", "tools", "tests", "docs", "pyproject.toml", "Makefile", "README.md")

GENERATED = tuple(
    f"tests/scenarios/test_against_reference.py::test_generated_months_are_billed_as_the_reference_bills_them[{block}]"
    for block in range(4)
)
CASES = ("tests/scenarios/test_scenarios.py", *GENERATED)
TESTS = {
    "metering": ("tests/unit/metering", *CASES),
    "contracts": ("tests/unit/contracts", *CASES[:1]),
    "invoicing": (CASES[0], "tests/unit/invoicing", "tests/unit/peers", *GENERATED),
}
SLOWER = 4  # a mutant that needs this many times the processor time of the clean tests hangs
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", "--no-header", "--tb=line")


@dataclass(frozen=True)
class Outcome:
    """Whether a test failed (or the tests hung), the processor time it took, and what pytest said last."""

    noticed: bool
    cpu_s: int
    said: str


class Bench:
    """A place of its own for one process: a copy of sources and tests, in which one file at a time is changed.

    The whole repository is copied, so that work on it meanwhile changes no result.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = 1_000_000_000
        folder.mkdir(parents=True)
        for part in COPIED:
            if Path(part).is_dir():
                shutil.copytree(part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            elif Path(part).exists():
                shutil.copy2(part, folder / part)

    def clean(self, package: str) -> int:
        """Processor seconds of the clean tests: they must pass, and import the copy, or no result means anything."""
        asked = subprocess.run(
            [sys.executable, "-c", f"import {package} as p; print(p.__file__)"],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        if not asked.stdout.startswith(str(self._folder)):
            raise SystemExit(f"{package} is imported from {asked.stdout.strip()}, not from the copy")
        outcome = self._run(package, 600)
        if outcome.noticed:
            raise SystemExit(f"the tests of {package} fail without any mutant:\n{outcome.said}")
        return outcome.cpu_s

    def tried(self, mutant: Mutant, clean_s: int) -> Outcome:
        """Puts the mutant in, runs the tests of its package, takes it out."""
        place = self._folder / mutant.path
        text = place.read_text()
        try:
            self._write(place, mutant.code)
            return self._run(mutant.package, 5 + SLOWER * clean_s)
        finally:
            self._write(place, text)

    def _write(self, place: Path, code: str) -> None:
        """Compiled files are found by time stamp and size: each text gets a stamp that was never used."""
        place.write_text(code)
        self._stamp += 10
        os.utime(place, (self._stamp, self._stamp))

    def _environment(self) -> dict[str, str]:
        sources = [path for kind in ("libs", "services", "tools") for path in (self._folder / kind).glob("*/src")]
        path = os.pathsep.join(map(str, [*sources, self._folder / "tests"]))
        return os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"}

    def _run(self, package: str, limit_s: int) -> Outcome:
        """The tests in a process of their own, ended when its processor time is used up."""
        tests = [path for path in TESTS[package] if (self._folder / path.split("::")[0]).exists()]
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *OPTIONS, *tests],
                cwd=self._folder,
                env=self._environment(),
                stdout=said,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1)),
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            tail = said.read()[-1500:].decode(errors="replace")
        return Outcome(process.returncode != 0, int(used.ru_utime + used.ru_stime) + 1, tail)
