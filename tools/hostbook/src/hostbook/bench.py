"""`hostbook bench`: every figure that must be fast, as a ratio to a limit measured in the same run.

A benchmark is a module `tests/perf/bench_<name>.py` with `bench()`; it answers rows of name, value, limit, ratio and
must, and of an aim where there is one. A must at or above zero is the least value that is accepted, one below zero the
most (latencies).
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hostbook.engines.layout import ROOT

PERF = ROOT / "tests" / "perf"
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="only these, such as: energy invoicing", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the rows as JSON lines")] = False,
) -> None:
    """Measure on an idle machine. Exit code 1 if a figure is below its must."""
    sys.path.insert(0, str(ROOT / "tests"))
    is_missed = False
    for module in _modules(names or []):
        rows = list(module.bench())
        is_missed |= any(not is_met(row) for row in rows)
        if as_json:
            for row in rows:
                sys.stdout.write(json.dumps(row._asdict()) + "\n")
        else:
            console.print(_table(module.__name__.removeprefix("bench_"), rows))
    if is_missed:
        raise typer.Exit(1)


def is_met(row: Any) -> bool:
    """Whether a figure is as good as it must be."""
    return bool(row.value >= row.must if row.must >= 0 else row.value <= -row.must)


def _modules(names: list[str]) -> Iterator[ModuleType]:
    files = sorted(PERF.glob("bench_*.py"))
    known = {f.stem.removeprefix("bench_"): f for f in files}
    unknown = set(names) - set(known)
    if unknown:
        raise typer.BadParameter(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    for name, file in known.items():
        if not names or name in names:
            yield _loaded(file.stem, file)  # bench_metering: metering is a package of its own


def _loaded(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _table(title: str, rows: list[Any]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("figure")
    for heading in ("value", "limit in this run", "ratio", "must", "aim", ""):
        table.add_column(heading, justify="right")
    for row in rows:
        verdict = "[green]ok[/]" if is_met(row) else "[red]missed[/]"
        bounds = _bound(row.must), _bound(getattr(row, "aim", 0))
        table.add_row(row.name, f"{row.value:,.1f}", f"{row.limit:,.1f}", f"{row.ratio:.3f}", *bounds, verdict)
    return table


def _bound(number: float) -> str:
    if not number:
        return ""
    digits = 1 if abs(number) < 10 else 0
    return f"{number:,.{digits}f}".replace("-", "at most ")
