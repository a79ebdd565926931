"""`hostbook unit ...`: machines, in bulk from a file, moved, listed (CB-16, CM-22)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.domain.units import UnitState
from hostbook.books.connection import books
from hostbook.books.faults import ErrorFile, write_faults
from hostbook.books.names import customer_of, known_customers, known_sites, site_of, unit_of
from hostbook.books.options import options
from hostbook.books.shown import AsJson, Search, Sort, gathered, print_facts, print_json, print_table
from hostbook.books.unit_file import read_units, refusals_by_line
from hostbook.client.customers import every_customer
from hostbook.client.shapes import ContractsMove, SiteAnswer
from hostbook.client.sites import every_site, every_site_place
from hostbook.client.units import add_units_batch, every_unit, move_unit
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

unit = typer.Typer(help="The machines, the host's and the customers'.", no_args_is_help=True)
_A_CALL = 500


class Owner(StrEnum):
    HOST = "host"


@unit.command("import")
def import_units(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a heading line.")],
    site: Annotated[str | None, typer.Option(help="Of lines that name none.", autocompletion=known_sites)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line, add none.")] = False,
    errors: ErrorFile = None,
    as_json: AsJson = False,
) -> None:
    """Add the machines of a CSV file: name, model, rated_w, rated_ths, and what else is known of each.

    Further columns: site, customer (none: the host's own), serial, mac, efficiency_jth, state, operational_on.
    Lines that are refused are named with the reason; the others are added.
    """
    with books() as api:
        lines = read_units(file, *_names(api, site))
        added, refused = _send(api, lines, dry_run=dry_run)
    if errors is not None:
        write_faults(errors, [one | {"message": one["why"]} for one in refused])
    if as_json:
        print_json({"added": added, "refused": refused, "dry_run": dry_run})
    else:
        words = "would be added" if dry_run else "added"
        typer.echo(f"{len(added)} units {words}, {len(refused)} refused")
        if refused:
            print_table("", (">line", "field", "why", "remedy"), (tuple(one.values()) for one in refused))
    if refused:
        raise typer.Exit(1)


def _names(api: Api, site: str | None) -> tuple[dict[str, str], dict[str, str], str | None]:
    """Ids of sites and customers by what a file calls them, and the site of lines that name none."""
    sites = {s[key].casefold(): s["id"] for s in every_site(api) for key in ("name", "code")}
    customers = {c["name"].casefold(): c["id"] for c in every_customer(api, fields="id,name")}
    return sites, customers, site_of(api, site)["id"] if site else None


def _send(api: Api, lines: list[Any], *, dry_run: bool) -> tuple[list[Any], list[dict[str, Any]]]:
    """A bad line says so by itself; the good ones of a call are taken together."""
    added: list[Any] = []
    refused = [line.refusal for line in lines if line.refusal is not None]
    good = [line for line in lines if line.refusal is None]
    for n in range(0, len(good), _A_CALL):
        part = good[n : n + _A_CALL]
        answer = add_units_batch(api, {"units": [line.fields for line in part], "dry_run": dry_run})
        added += answer["added"]
        refused += refusals_by_line(part, answer["refused"])
    return added, sorted(refused, key=lambda one: one["line"])


@unit.command()
def move(
    name: Annotated[str, typer.Argument(help="Name or id of the machine.")],
    site: Annotated[str, typer.Option(help="Code, name or id.", autocompletion=known_sites)],
    place: Annotated[str | None, typer.Option(help="Its path in the site, such as Hall 1/R07/PDU-A/12.")] = None,
    reason: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Move a machine to another place or site."""
    with books() as api:
        found, to = unit_of(api, name), site_of(api, site)
        body = ContractsMove(site_id=to["id"], place_id=_place(api, to, place), reason=reason)
        moved = move_unit(api, found["id"], body, found["version"])
    if as_json:
        print_json(moved)
    else:
        print_facts(moved["name"], [("site", to["name"]), ("place", place), ("state", moved["state"])])


def _place(api: Api, site: SiteAnswer, path: str | None) -> str | None:
    if path is None:
        return None
    for one in every_site_place(api, site["id"]):
        if one["path"] == path:
            return one["id"]
    raise EngineTrouble(f"{site['name']} has no place {path}.", "POST /v1/sites/{id}/places makes places")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which machines."""

    site: Annotated[str | None, typer.Option(autocompletion=known_sites)] = None
    customer: Annotated[str | None, typer.Option(autocompletion=known_customers)] = None
    owner: Annotated[Owner | None, typer.Option(help="host: the host's own.")] = None
    state: Annotated[list[UnitState] | None, typer.Option(help="Repeat it for several.")] = None
    model: Annotated[list[str] | None, typer.Option(help="Repeat it for several.")] = None
    search: Search = None
    sort: Sort = None
    as_json: AsJson = False


@unit.command("list")
@options(Wanted)
def list_units(said: Wanted) -> None:
    """Machines, all or those asked for."""
    with books() as api:
        wanted: dict[str, Any] = {
            "site_id": site_of(api, said.site)["id"] if said.site else None,
            "customer_id": customer_of(api, said.customer)["id"] if said.customer else None,
            "owner": said.owner.value if said.owner else None,
            "state": [one.value for one in said.state or ()] or None,
            "model": said.model or None,
            "q": said.search,
            "sort": said.sort,
        }
        found = gathered(every_unit(api, **wanted), "units")
        sites = {s["id"]: s["code"] for s in every_site(api, fields="id,code")}
        owners = {c["id"]: c["name"] for c in every_customer(api, fields="id,name")}
    if said.as_json:
        print_json(found)
        return
    rows = [
        (
            u["name"],
            u["model"],
            u["serial"],
            sites.get(u["site_id"]),
            owners.get(u["customer_id"] or "", "host"),
            u["state"],
            u["rated_w"],
            u["rated_ths"],
        )
        for u in found
    ]
    print_table("Units", ("name", "model", "serial", "site", "owner", "state", ">W", ">TH/s"), rows)
