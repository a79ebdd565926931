"""python -m support.reference.campaign --seeds A:B [--level N] [--jobs 2] [--keep DIR] [--stop K]

Generated cases, product against reference. Prints each seed that differs with its first differences; exits 1 then.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of
from hostbook.scenario.world import computed
from support.generator.compose import worked
from support.reference.compare import disagreements

Json = dict[str, Any]


def product(case: Json) -> Json:
    """What the product makes of a scenario; reasons of refusals are for people and not compared."""
    found = outcome(computed(case_of(case)))
    found.pop("refused", None)
    return found


def difference(seed: int, level: int | None = None) -> list[str]:
    """Where product and reference differ on a case, both ways; an error of the product is a difference."""
    case, ours = worked(seed, level)
    try:
        theirs = product(case)
    except Exception:
        return ["product: " + traceback.format_exc(limit=-4)]
    return disagreements(ours, theirs)


def _judged(asked: tuple[int, int | None]) -> tuple[int, list[str]]:
    seed, level = asked
    return seed, difference(seed, level)


def main() -> int:
    """Runs a range of seeds in several processes."""
    parser = argparse.ArgumentParser(prog="python -m support.reference.campaign")
    parser.add_argument("--seeds", required=True, help="first:last+1")
    parser.add_argument("--level", type=int, choices=range(1, 6))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stop", type=int, default=10, help="end after so many differing seeds")
    parser.add_argument("--keep", type=Path, help="folder for the cases that differ")
    asked = parser.parse_args()
    first, last = (int(part) for part in asked.seeds.split(":"))
    return _run(asked, [(seed, asked.level) for seed in range(first, last)])


def _run(asked: argparse.Namespace, seeds: list[tuple[int, int | None]]) -> int:
    started, done, bad = time.monotonic(), 0, 0
    for seed, notes in _answers(seeds, asked.jobs):
        done += 1
        if notes:
            bad += 1
            _tell(seed, asked.level, notes, asked.keep)
        if bad >= asked.stop:
            break
    print(f"{done - bad} of {done} seeds agree, {time.monotonic() - started:.0f} s")
    return 1 if bad else 0


def _answers(seeds: list[tuple[int, int | None]], jobs: int) -> Iterator[tuple[int, list[str]]]:
    if jobs == 1:
        yield from map(_judged, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for start in range(0, len(seeds), 40 * jobs):
            yield from pool.map(_judged, seeds[start : start + 40 * jobs], chunksize=10)


def _tell(seed: int, level: int | None, notes: list[str], keep: Path | None) -> None:
    print(f"seed {seed}:", *notes[:4], sep="\n    ", flush=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        case, ours = worked(seed, level)
        (keep / f"generated-{seed}.json").write_text(json.dumps(case | {"expect": ours}))


if __name__ == "__main__":
    sys.exit(main())
