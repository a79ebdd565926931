"""`hostbook up | down | status | logs | run | doctor`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hostbook.engines import doctor as examination
from hostbook.engines.errors import EngineTrouble
from hostbook.engines.layout import ROOT, StateFolder, chosen_state
from hostbook.engines.part import PARTS, SERVICES
from hostbook.engines.stack import Stack
from hostbook.engines.table import addresses, status_table

Name = Annotated[str, typer.Option("--name", help="which stack: its state lies in .state/NAME")]
console = Console(highlight=False)
if not console.is_terminal:
    console.width = 140  # a file or a pipe need not be narrow


def up(
    parts: Annotated[list[str] | None, typer.Argument(help="start only these parts", show_default=False)] = None,
    name: Name = "local",
    timeout_s: Annotated[int, typer.Option("--timeout", help="seconds for each part to become ready")] = 120,
) -> None:
    """Start the engines, the fakes, the services and the gateway; return when each of them serves."""
    stack = Stack(chosen_state(name).path)
    unknown = set(parts or ()) - set(PARTS)
    if unknown:
        raise EngineTrouble(f"There is no part {', '.join(sorted(unknown))}.", f"Parts: {', '.join(PARTS)}")

    def report(part: str, seconds: float) -> None:
        console.print(f"  [green]ready[/] {part:<13} {stack.address(part):<16} after {seconds:.1f} s")

    stack.up(*(parts or ()), report=report, timeout_s=timeout_s)
    if stack.left_out:
        console.print(f"  [yellow]left out[/] (not there yet): {', '.join(stack.left_out)}")
    console.print(addresses(stack))


def down(
    name: Name = "local",
    everything: Annotated[bool, typer.Option("--all", help="every stack of this checkout, tests' too")] = False,
) -> None:
    """Stop every process of the stack; the data stay."""
    folders = _all_states() if everything else [chosen_state(name)]
    for state in folders:
        Stack(state.path).down()
        console.print(f"stopped {state.path.name}")


def status(name: Name = "local") -> None:
    """Address, health, memory, restarts and consumer lag of every part. Exit code 1 if one is not ready."""
    rows = Stack(chosen_state(name).path).status()
    console.print(status_table(rows))
    if not all(row.ready or row.state == "LEFT OUT" for row in rows):
        raise typer.Exit(1)


def logs(
    part: Annotated[str, typer.Argument(help="a part, or supervisord", show_default=False)] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as lines are written")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="how many of the last lines")] = 60,
    name: Name = "local",
) -> None:
    """Print the log of one part."""
    state = chosen_state(name)
    file = state.log(part)
    if not part or not file.exists():
        known = ", ".join(sorted(path.stem for path in state.logs.glob("*.log"))) or "none yet"
        raise EngineTrouble(f"There is no log of {part!r}." if part else "Whose log?", f"Logs: {known}")
    for line in file.read_text(errors="replace").splitlines()[-lines:]:
        typer.echo(line)
    if follow:
        with suppress(KeyboardInterrupt):
            for line in _appended(file):
                typer.echo(line, nl=False)


def run(ctx: typer.Context, service: Annotated[str, typer.Argument()], name: Name = "local") -> None:
    """Run a command of a service with the settings it has in the stack: `hostbook run invoicing dead-letters list`."""
    if service not in SERVICES:
        raise EngineTrouble(f"There is no service {service!r}.", f"Services: {', '.join(SERVICES)}")
    environment = {**os.environ, **Stack(chosen_state(name).path).service_environment(service)}
    os.execve(sys.executable, [sys.executable, "-m", f"{service}.main", *ctx.args], environment)


def doctor(name: Name = "local") -> None:
    """Look at everything Hostbook needs of this machine, and name the remedy for what is missing."""
    findings = examination.examine(chosen_state(name))
    for finding in findings:
        mark = "[green]ok  [/]" if finding.fine else "[red]FAIL[/]"
        console.print(f"{mark} {finding.subject:<12} {finding.seen}")
        if not finding.fine:
            console.print(f"     -> {finding.remedy}")
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


def _all_states() -> list[StateFolder]:
    """Every folder that ever held a stack, whatever its depth under `.state`."""
    return sorted((StateFolder(path.parents[1]) for path in (ROOT / ".state").glob("**/run/ports.json")), key=str)


def _appended(file: Path) -> Iterator[str]:
    """Lines as they come, across rotation; ends only when the reader stops."""
    source = file.open(errors="replace")
    source.seek(0, os.SEEK_END)
    while True:
        if line := source.readline():
            yield line
        elif file.exists() and not os.path.samestat(file.stat(), os.fstat(source.fileno())):
            source.close()
            source = file.open(errors="replace")
        else:
            time.sleep(0.2)
