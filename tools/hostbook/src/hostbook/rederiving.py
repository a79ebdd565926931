"""`hostbook metering rederive`: closed days derived again through the gateway, and what that changed, as a table."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hostbook.client.rederivations import every_rederivation_change, read_rederivation, start_rederivation
from hostbook.client.shapes import ChangeAnswer, Order, RederivationAnswer, SpanAnswer
from hostbook.demo.api import Api, ApiRefused

KEY_VARIABLE, ORGANIZATION_VARIABLE = "HOSTBOOK_API_KEY", "HOSTBOOK_ORGANIZATION"
ALL_DONE, REFUSED, NOT_ALL = 0, 2, 1
app = typer.Typer(no_args_is_help=True, add_completion=False, help="What an operator orders from metering.")
console = Console()


@app.callback()
def metering() -> None:
    """Orders to metering."""


@app.command()
def rederive(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="the first local day")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="the last local day, included")],
    unit: Annotated[str | None, typer.Option(help="one unit's id; all units without it")] = None,
    url: Annotated[str | None, typer.Option(envvar="HOSTBOOK_URL", help="the gateway; key: HOSTBOOK_API_KEY")] = None,
    shown: Annotated[int, typer.Option(help="how many changes to print")] = 200,
) -> None:
    """Derive closed days again from the first read on; prints every span that now says something else."""
    key = os.environ.get(KEY_VARIABLE)
    if url is None or not key:
        typer.secho("Where the gateway is, or the API key, is not said.", fg="red", err=True)
        typer.echo(f"  --url or HOSTBOOK_URL, and {KEY_VARIABLE} with meters.write", err=True)
        raise typer.Exit(REFUSED)
    with Api(url.rstrip("/"), key) as api:
        if organization := os.environ.get(ORGANIZATION_VARIABLE):
            api.of_organization(organization)
        try:
            done = carried_out(api, f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", unit)
        except ApiRefused as refused:
            typer.secho(str(refused), fg="red", err=True)
            raise typer.Exit(REFUSED) from refused
        changes = list(every_rederivation_change(api, done["id"]))
    console.print(told(done))
    if changes:
        console.print(table_of(changes[:shown]))
    raise typer.Exit(NOT_ALL if done["failed_count"] else ALL_DONE)


def carried_out(api: Api, from_on: str, to_on: str, unit: str | None) -> RederivationAnswer:
    """Order, and wait until it is done."""
    order: Order = {"from_on": from_on, "to_on": to_on}
    if unit:
        order["unit_id"] = unit
    done = start_rederivation(api, order)
    while done["state"] != "done":
        time.sleep(0.3)
        done = read_rederivation(api, done["id"])
    return done


def told(done: RederivationAnswer) -> str:
    """The outcome in one sentence."""
    days = f"{done['from_on']} to {done['to_on']}"
    changed = f"{done['change_count']} spans changed" if done["change_count"] else "nothing changed"
    failed = f"; {done['failed_count']} units could not be derived" if done["failed_count"] else ""
    return f"{done['unit_count']} units derived again, {days}: {changed}{failed}."


def table_of(changes: list[ChangeAnswer]) -> Table:
    """One row for each span: what it said, and what it says now."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("day", "unit", "from", "revision", "before", "now"):
        table.add_column(title, overflow="fold")
    for one in changes:
        before, now = (words(one[side]) for side in ("before", "after"))
        table.add_row(one["day"], one["unit_id"], one["from_at"], str(one["revision"]), before, now)
    return table


def words(span: SpanAnswer | None) -> str:
    """Energy by method, hours that none covers, flags."""
    if span is None:
        return "-"
    parts = [f"{method} {energy} kWh" for method, energy in span["energy_kwh"].items()]
    spent = (("failover", span["failover_hours"]), ("unbilled", span["unbilled_hours"]))
    parts += [f"{name} {hours} h" for name, hours in spent if hours != "0"]
    return ", ".join([*parts, *span["flags"]])
