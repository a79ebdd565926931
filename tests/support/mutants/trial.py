"""One mutant under test: a copy of the packages comes first on the path, the tests of its package run, -x."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from support.mutants.pick import PACKAGES, Mutant

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
PATIENCE = 4
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header", "--tb=no")


@dataclass(frozen=True)
class Outcome:
    """Whether a test failed (or hung), and how long that took."""

    noticed: bool
    seconds: float


class Bench:
    """A place of its own for one process: sources that may be changed, and how long the clean tests take."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = 1_000_000_000
        self._clean: dict[str, float] = {}
        for package in PACKAGES:
            shutil.copytree(
                Path("services") / package / "src" / package,
                folder / package,
                ignore=shutil.ignore_patterns("__pycache__"),
            )

    def prove(self, package: str) -> None:
        """The clean copy must pass, or no result would mean anything; the copy must be what is imported."""
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
            raise SystemExit(f"the tests of {package} fail without any mutant")
        self._clean[package] = outcome.seconds

    def tried(self, mutant: Mutant) -> Outcome:
        """Puts the mutant in, runs the tests of its package, takes it out."""
        place = self._folder / mutant.path.relative_to(Path("services") / mutant.package / "src")
        clean = place.read_text()
        try:
            self._write(place, mutant.code)
            return self._run(mutant.package, 10 + PATIENCE * self._clean[mutant.package])
        finally:
            self._write(place, clean)

    def _write(self, place: Path, code: str) -> None:
        """Compiled files are found by time stamp and size: each text gets a stamp that was never used."""
        place.write_text(code)
        self._stamp += 10
        os.utime(place, (self._stamp, self._stamp))

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": f"{self._folder}{os.pathsep}tests", "PYTHONHASHSEED": "0"}

    def _run(self, package: str, patience_s: float) -> Outcome:
        started = time.monotonic()
        tests = [path for path in TESTS[package] if Path(path.split("::")[0]).exists()]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *OPTIONS, *tests],
                env=self._environment(),
                capture_output=True,
                timeout=patience_s,
                check=False,
            )
            noticed = done.returncode != 0
        except subprocess.TimeoutExpired:
            noticed = True
        return Outcome(noticed, time.monotonic() - started)
