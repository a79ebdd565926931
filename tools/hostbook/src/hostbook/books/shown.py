"""What a command answers: a table for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead of a table.")]
Sort = Annotated[str | None, typer.Option(help="A field's name; with `-` before it, the other way round.")]
Search = Annotated[str | None, typer.Option("--search", help="A part of what it is called.")]
T = TypeVar("T")
_WIDE, _PAGE = 400, 200


def gathered(entries: Iterable[T], what: str) -> list[T]:
    """All of a list; where it takes more than one page, how far it is stands on the terminal meanwhile."""
    found: list[T] = []
    for one in entries:
        if found and len(found) % _PAGE == 0 and sys.stderr.isatty():
            typer.echo(f"\r{len(found)} {what} ...", nl=False, err=True)
        found.append(one)
    if len(found) > _PAGE and sys.stderr.isatty():
        typer.echo(f"\r{len(found)} {what}    ", err=True)
    return found


def console() -> Console:
    """As wide as the terminal; in a pipe a row is one line, however long."""
    return Console(width=shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE)


def print_json(what: Any) -> None:
    typer.echo(json.dumps(what, indent=2, ensure_ascii=False))


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns whose heading begins with `>` stand to the right."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


def print_facts(title: str, facts: Sequence[tuple[str, object]]) -> None:
    """Names and what they are, one a line; what is blank is left out."""
    table = Table.grid(padding=(0, 2))
    for name, what in facts:
        if what not in (None, "", []):
            table.add_row(f"[dim]{name}[/]", str(what))
    out = console()
    out.print(f"[bold]{title}[/]")
    out.print(table)
