"""`hostbook demo`: a recorded month becomes invoices, payments and a dunned debt, on the real engines."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hostbook.demo.api import Api, ApiRefused
from hostbook.demo.ending import tell_ending
from hostbook.demo.recorded import RecordedMonth
from hostbook.demo.stages import Stages
from hostbook.demo.story import play
from hostbook.engines.layout import ROOT, chosen_state
from hostbook.engines.stack import Stack

console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    console.width = 140  # a file or a pipe need not be narrow


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="stop at the end; exit code 0 only if everything settled")
    ] = False,
    month: Annotated[Path, typer.Option(help="the folder of a recorded month")] = ROOT
    / "examples"
    / "amarillo-2025-03",
    name: Annotated[str, typer.Option("--name", help="which stack: its state lies in .state/NAME")] = "local",
) -> None:
    """Play the recorded month through the gateway's public API; stays up until Ctrl-C."""
    started = time.monotonic()
    stack = Stack(chosen_state(name).path)
    stages = Stages(console)
    with stages.stage("engines and services"):
        stack.up(report=lambda part, _: stages.note(part))
    try:
        with Api.of_platform(stack) as api:
            world = play(api, RecordedMonth(month), stages)
            settled = tell_ending(console, api, world, stack)
    except ApiRefused as refused:
        console.print(f"[red]{refused}[/]")
        stack.down()
        raise typer.Exit(1) from refused
    console.print(f"\nDone in {time.monotonic() - started:.0f} s.")
    if once:
        stack.down()
        raise typer.Exit(0 if settled else 1)
    console.print("Everything stays up. Ctrl-C stops it; `hostbook status` shows it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("stopping ...")
        stack.down()
        sys.exit(0)
