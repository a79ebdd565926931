"""`python -m hostbook.checks [ROOT]`: every finding on a line of its own; exit code 1 when there is one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hostbook.checks import client_calls, exactness, harness, routes, sizes, transactions, words
from hostbook.checks.source import Finding, Source, sources

ROOT = Path(__file__).resolve().parents[5]
PER_FILE: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    client_calls.addresses,
    sizes.files,
    sizes.functions,
    words.empty_words,
    words.business_words,
    exactness.floats,
    exactness.clocks,
    transactions.commits,
    transactions.outside_calls,
    harness.subscribers,
    harness.routers,
    harness.tasks,
    harness.metric_names,
)
TOGETHER: tuple[Callable[[Iterable[Source]], Iterator[Finding]], ...] = (sizes.common, harness.log_lines)


def findings(root: Path) -> list[Finding]:
    """All that is wrong below the root."""
    everything = list(sources(root))
    found = [finding for source in everything for rule in PER_FILE for finding in rule(source)]
    found += [finding for rule in TOGETHER for finding in rule(everything)]
    return [*found, *routes.permissions(root), *routes.examples(root)]


def main() -> None:
    found = findings(Path(sys.argv[1]) if sys.argv[1:] else ROOT)
    for one in found:
        print(one)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
