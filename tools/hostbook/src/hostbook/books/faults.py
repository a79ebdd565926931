"""What is wrong with the lines of a file: shown to people and programs, and kept as a file to be mended."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from customers.domain.importing import LineError
from hostbook.books.shown import print_json, print_table
from hostbook.engines.errors import EngineTrouble

FIELDS = ("line", "field", "message", "remedy")
ErrorFile = Annotated[Path | None, typer.Option("--errors", dir_okay=False, help="Write what is wrong as CSV there.")]
_FORMULA = ("=", "+", "-", "@")


def text_of(file: Path) -> str:
    """The file as text; what spreadsheet programs write in other alphabets' encodings is refused, not guessed."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EngineTrouble(f"{file.name} is not UTF-8 text.", "save it as CSV in UTF-8") from error


def as_fault(error: LineError) -> dict[str, Any]:
    return {name: getattr(error, name) for name in FIELDS}


def write_faults(place: Path, faults: Iterable[Mapping[str, Any]]) -> None:
    """One row per fault; no cell of it is a formula for the program that opens it."""
    with place.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(FIELDS)
        rows.writerows([_cell(one[name]) for name in FIELDS] for one in faults)


def tell(
    what: str, taken: int, faults: Sequence[Mapping[str, Any]], *, dry_run: bool, place: Path | None, as_json: bool
) -> None:
    """How it went; ends with 1 where something is wrong."""
    if place is not None:
        write_faults(place, faults)
    if as_json:
        print_json({"dry_run": dry_run, "taken": taken, "errors": [dict(one) for one in faults]})
    else:
        lines = len({one["line"] for one in faults})
        typer.echo(f"{taken} {what} {'would be taken' if dry_run else 'taken'}, {lines} lines refused")
        if faults:
            print_table("", (">line", "field", "message", "remedy"), ([one[n] for n in FIELDS] for one in faults))
    if faults:
        raise typer.Exit(1)


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
