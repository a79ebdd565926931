"""`hostbook import reads | hashprice | telemetry FILE`: files of evidence, through the gateway, once each.

Exit codes: 0 all taken, 1 some lines at fault (in FILE.errors.csv), 2 it could not begin (map, file, key), 3 it broke
off and goes on when it is called again (FILE.checkpoint).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hostbook.importing.columns import PriceColumns, ReadColumns, ScanColumns, map_of
from hostbook.importing.command import Plan, Wish, outlets_of, perform
from hostbook.importing.prices import Prices
from hostbook.importing.reads import Reads
from hostbook.importing.scans import Scans

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Bring files of evidence to the gateway.")

File = Annotated[Path, typer.Argument(help="CSV (.csv, .tsv) or JSON lines (.jsonl, .ndjson), also .gz")]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="a YAML map of columns, or one part of it: energy.unit=kWh",
    ),
]
Url = Annotated[str | None, typer.Option(envvar="HOSTBOOK_URL", help="the gateway; the key is HOSTBOOK_API_KEY")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="check every line, send nothing")]
Again = Annotated[bool, typer.Option("--again", help="from the first line, whatever was imported before")]


@app.command()
def reads(file: File, maps: Maps = None, url: Url = None, dry_run: DryRun = False, again: Again = False) -> None:
    """Registers of outlets at instants, gathered into polls (CB-32)."""

    def plan() -> Plan:
        columns: ReadColumns = map_of(ReadColumns, maps or [])
        return Plan(columns, lambda api: Reads(columns, None if api is None else outlets_of(api)))

    raise typer.Exit(perform(Wish(file, url, dry_run, again), plan))


@app.command()
def hashprice(
    file: File,
    series: Annotated[str, typer.Option(help="which series the rows belong to")] = "default",
    maps: Maps = None,
    url: Url = None,
    dry_run: DryRun = False,
    again: Again = False,
) -> None:
    """Rows of a hashprice series; gaps stay gaps (CB-45)."""

    def plan() -> Plan:
        columns: PriceColumns = map_of(PriceColumns, maps or [])
        return Plan(columns, lambda _: Prices(columns, series), f"series {series}")

    raise typer.Exit(perform(Wish(file, url, dry_run, again), plan))


@app.command()
def telemetry(file: File, maps: Maps = None, url: Url = None, dry_run: DryRun = False, again: Again = False) -> None:
    """Hashrate and status of units, gathered into scans of their site (CB-33, CB-34)."""

    def plan() -> Plan:
        columns: ScanColumns = map_of(ScanColumns, maps or [])
        return Plan(columns, lambda _: Scans(columns))

    raise typer.Exit(perform(Wish(file, url, dry_run, again), plan))
