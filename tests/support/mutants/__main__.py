"""python -m support.mutants [--count 300] [--seed 1] [--jobs 2] [--package NAME] [--report FILE]

Tries each mutant of a seeded sample on the tests of its package and tells which ones no test notices.
Exits 1 where fewer than 90 in 100 are noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.mutants.pick import PACKAGES, Mutant, sample

COPIED = ("libs", "services", "tools", "tests", "docs", "pyproject.toml", "Makefile", "README.md")
LEAST = 90
Tried = list[tuple[Mutant, bool]]


def main() -> int:
    """The whole check; the score is printed last."""
    asked = _arguments()
    packages = (asked.package,) if asked.package else PACKAGES
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "copy"
        _copied(copy)
        drawn, total = sample(asked.count, asked.seed, packages)
        print(f"{len(drawn)} of {total} mutants, seed {asked.seed}", flush=True)
        tried: Tried = []
        for package in packages:
            tried += _tried(copy, package, [one for one in drawn if one.package == package], asked.jobs)
    return _report(tried, time.monotonic() - started, asked.report)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m support.mutants")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--package", choices=PACKAGES)
    parser.add_argument("--report", type=Path)
    return parser.parse_args()


def _copied(folder: Path) -> None:
    folder.mkdir()
    for part in COPIED:
        if Path(part).is_dir():
            shutil.copytree(part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        elif Path(part).exists():
            shutil.copy2(part, folder / part)


def _tried(copy: Path, package: str, mutants: list[Mutant], jobs: int) -> Tried:
    """The mutants of one package in a process of its own, which imports the copy."""
    if not mutants:
        return []
    chosen, results = copy / f"{package}.mutants", copy / f"{package}.results"
    chosen.write_bytes(pickle.dumps(mutants))
    sources = [str(path) for kind in ("libs", "services", "tools") for path in (copy / kind).glob("*/src")]
    done = subprocess.run(
        [sys.executable, "-m", "support.mutants.trial", package, str(chosen), str(results), str(jobs)],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*sources, str(copy / "tests")]), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    if len(rows) != len(mutants):
        raise SystemExit(f"the tests of {package} could not be run:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    print(f"{package}: {sum(noticed for _, noticed in rows)} of {len(rows)} noticed", flush=True)
    return [(mutants[number], noticed) for number, noticed in sorted(rows)]


def _report(tried: Tried, seconds: float, to: Path | None) -> int:
    """Survivors by file, then the score."""
    survivors = [mutant for mutant, noticed in tried if not noticed]
    lines = [str(mutant) for mutant in sorted(survivors, key=lambda one: (one.path, one.line))]
    for package in PACKAGES:
        mine = [noticed for mutant, noticed in tried if mutant.package == package]
        if mine:
            lines.append(f"{package}: {sum(mine)} of {len(mine)} noticed")
    score = 100 * (len(tried) - len(survivors)) / len(tried)
    lines.append(f"score {score:.1f} %: {len(tried) - len(survivors)} of {len(tried)} in {seconds:.0f} s")
    print("\n".join(lines))
    if to is not None:
        to.write_text("\n".join(lines) + "\n")
    return 0 if score >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
