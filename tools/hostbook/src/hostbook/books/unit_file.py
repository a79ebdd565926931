"""Machines in a CSV file: what a line says, and what is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostbook.engines.errors import EngineTrouble

NEEDED = ("name", "model", "rated_w", "rated_ths")
KNOWN = (*NEEDED, "site", "customer", "serial", "mac", "efficiency_jth", "state", "operational_on")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: the fields of a machine, or why it is none."""

    number: int
    fields: dict[str, Any]
    refusal: dict[str, Any] | None = None


def refused(number: int, field: str, why: str, remedy: str) -> dict[str, Any]:
    return {"line": number, "field": field, "why": why, "remedy": remedy}


def read_units(file: Path, sites: Mapping[str, str], customers: Mapping[str, str], site_id: str | None) -> list[Line]:
    """The file's lines; names of sites and customers become ids. A file without its columns is refused whole."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EngineTrouble(f"{file.name} is not UTF-8 text.", "save it as CSV in UTF-8") from error
    rows = csv.DictReader(text.splitlines())
    headings = [name.strip() for name in rows.fieldnames or ()]
    missing = [name for name in NEEDED if name not in headings]
    unknown = [name for name in headings if name not in KNOWN]
    if missing or unknown:
        said = f"missing: {', '.join(missing)}" if missing else f"unknown: {', '.join(unknown)}"
        raise EngineTrouble(f"The columns of {file.name} are not right; {said}.", f"columns are {', '.join(KNOWN)}")
    return list(_lines(rows, sites, customers, site_id))


def _lines(
    rows: csv.DictReader[str], sites: Mapping[str, str], customers: Mapping[str, str], site_id: str | None
) -> Iterator[Line]:
    for number, row in enumerate(rows, 2):
        said = {str(k).strip(): v.strip() for k, v in row.items() if isinstance(v, str) and v.strip()}
        fields: dict[str, Any] = {k: v for k, v in said.items() if k not in ("site", "customer")}
        fields["site_id"] = sites.get(said["site"].casefold()) if "site" in said else site_id
        if len(row) > len(rows.fieldnames or ()):
            yield Line(
                number, fields, refused(number, "", "The line has more columns than the heading.", "quote commas")
            )
        elif fields["site_id"] is None:
            why = f"There is no site {said['site']}." if "site" in said else "The line names no site."
            yield Line(number, fields, refused(number, "site", why, "a code or name of a site, or --site"))
        elif "customer" in said and said["customer"].casefold() not in customers:
            why = f"There is no customer {said['customer']}."
            yield Line(number, fields, refused(number, "customer", why, "hostbook customer list"))
        else:
            owner = {"customer_id": customers[said["customer"].casefold()]} if "customer" in said else {}
            yield Line(number, fields | owner)


def refusals_by_line(sent: Sequence[Line], answered: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the API refused of a call, by the line of the file."""
    return [
        refused(sent[one["index"]].number, one["field"] or "", one["message"], one.get("remedy") or "")
        for one in answered
    ]
