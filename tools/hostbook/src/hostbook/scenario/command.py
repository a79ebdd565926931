"""`hostbook scenario FILE...`: what would this be billed, and is it what the file expects."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from common.errors import RuleBroken
from hostbook.scenario.refusals import told
from hostbook.scenario.run import DIFFERS, PASSED, UNREADABLE, Verdict, files_in, judged, world_of, write_expected
from hostbook.scenario.telling import told_lines

SHOWN = 5
"""How many differences of a file are printed."""
BAR_FROM = 10
"""From this many files on, a progress bar."""


def scenario(
    paths: Annotated[list[Path], typer.Argument(help="Scenario files, or folders of them.", metavar="FILE|DIR...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the computed invoices instead of a verdict.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Print every line down to its reads.")] = False,
    expected: Annotated[
        bool, typer.Option("--write-expected", help="Put the computed result into the file as what it expects.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an expected result that is there.")] = False,
) -> None:
    """Price billing cases with the services' own rules. Exits 0 if all is as expected, 1 if not, 2 on a bad file."""
    files = files_in(paths)
    if not files:
        typer.echo("No scenario files there.", err=True)
        raise typer.Exit(UNREADABLE)
    if explain:
        raise typer.Exit(max(_explain(path) for path in files))
    if expected:
        raise typer.Exit(max(_write(path, force) for path in files))
    verdicts = _judge(files, quiet=as_json)
    if as_json:
        _print_json(verdicts)
    elif len(files) > 1:
        _summary(verdicts)
    raise typer.Exit(max(verdict.code for verdict in verdicts))


def _judge(files: list[Path], *, quiet: bool) -> list[Verdict]:
    verdicts = []
    for path in _with_bar(files):
        verdict = judged(path)
        verdicts.append(verdict)
        if not quiet:
            _print(verdict)
    return verdicts


def _with_bar(files: list[Path]) -> Iterable[Path]:
    """The files, under a progress bar where there are many and a person looks on."""
    if len(files) < BAR_FROM or not sys.stderr.isatty():
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, "Scenarios", console=Console(stderr=True))


def _print(verdict: Verdict) -> None:
    word = {PASSED: "PASS", DIFFERS: "FAIL", UNREADABLE: "BAD "}[verdict.code]
    shown = "; ".join(verdict.notes[:SHOWN])
    more = f"; and {len(verdict.notes) - SHOWN} more" if len(verdict.notes) > SHOWN else ""
    typer.echo(f"{word} {verdict.path}" + (f": {shown}{more}" if shown else ""), err=verdict.code == UNREADABLE)


def _print_json(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.code == UNREADABLE:
            _print(verdict)
    results = {str(verdict.path): verdict.result for verdict in verdicts if verdict.result is not None}
    shown = next(iter(results.values()), None) if len(verdicts) == 1 else results
    if shown:
        typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))


def _summary(verdicts: list[Verdict]) -> None:
    counts = {code: sum(verdict.code == code for verdict in verdicts) for code in (PASSED, DIFFERS, UNREADABLE)}
    typer.echo(f"{counts[PASSED]} passed, {counts[DIFFERS]} failed, {counts[UNREADABLE]} not readable")


def _explain(path: Path) -> int:
    try:
        for line in told_lines(world_of(path)):
            typer.echo(line)
    except RuleBroken as broken:
        typer.echo(f"BAD  {path}: {told(broken)}", err=True)
        return UNREADABLE
    return PASSED


def _write(path: Path, force: bool) -> int:
    try:
        write_expected(path, force=force)
    except RuleBroken as broken:
        typer.echo(f"BAD  {path}: {told(broken)}", err=True)
        return UNREADABLE
    typer.echo(f"wrote what {path} expects")
    return PASSED
