"""python -m support.mutants [--count 300] [--seed 1] [--jobs 2] [--package NAME] [--report FILE]

Tries each mutant of a seeded sample on a copy of the three packages and tells which ones no test notices.
Exits 1 where fewer than 90 in 100 are noticed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from support.mutants.pick import PACKAGES, Mutant, sample
from support.mutants.trial import Bench, Outcome

LEAST = 90


def main() -> int:
    """The whole check; the score is printed last."""
    asked = _arguments()
    packages = (asked.package,) if asked.package else PACKAGES
    drawn, total = sample(asked.count, asked.seed, packages)
    print(f"{len(drawn)} of {total} mutants, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        benches: Queue[Bench] = Queue()
        for number in range(asked.jobs):
            benches.put(Bench(Path(folder) / str(number)))
        clean = {package: benches.queue[0].clean(package) for package in packages}
        print(f"the clean tests pass, processor seconds: {clean}", flush=True)
        started = time.monotonic()
        with ThreadPoolExecutor(asked.jobs) as pool:
            outcomes = list(pool.map(lambda mutant: _tried(benches, mutant, clean[mutant.package]), drawn))
    return _report(list(zip(drawn, outcomes, strict=True)), time.monotonic() - started, asked.report)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m support.mutants")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--package", choices=PACKAGES)
    parser.add_argument("--report", type=Path)
    return parser.parse_args()


def _tried(benches: Queue[Bench], mutant: Mutant, clean_s: int) -> Outcome:
    bench = benches.get()
    try:
        outcome = bench.tried(mutant, clean_s)
    finally:
        benches.put(bench)
    print("." if outcome.noticed else f"\nsurvives: {mutant}\n", end="", flush=True)
    return outcome


def _report(tried: list[tuple[Mutant, Outcome]], seconds: float, to: Path | None) -> int:
    """Survivors, then the score by package."""
    survivors = [mutant for mutant, outcome in tried if not outcome.noticed]
    lines = ["", *(str(mutant) for mutant in survivors)]
    for package in PACKAGES:
        mine = [outcome for mutant, outcome in tried if mutant.package == package]
        if mine:
            lines.append(f"{package}: {sum(one.noticed for one in mine)} of {len(mine)} noticed")
    score = 100 * (len(tried) - len(survivors)) / len(tried)
    lines.append(f"score {score:.1f} %: {len(tried) - len(survivors)} of {len(tried)} in {seconds:.0f} s")
    print("\n".join(lines))
    if to is not None:
        to.write_text("\n".join(lines) + "\n")
    return 0 if score >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
