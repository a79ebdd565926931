"""`hostbook customer import FILE`: many customers from a CSV file, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hostbook.books.connection import books
from hostbook.books.faults import ErrorFile, tell, text_of
from hostbook.books.shown import AsJson
from hostbook.client.customers import import_customers as send


def import_customers(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a heading line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line, add none.")] = False,
    errors: ErrorFile = None,
    as_json: AsJson = False,
) -> None:
    """Add the customers of a CSV file: name, contact_email, and what else is known of each. Nothing is sent to them.

    Further columns: company, billing_email, phone, currency, notes, tags (several with semicolons between them).
    One line that is refused refuses the file: mend it and import it again.
    """
    with books() as api:
        answer = send(api, {"csv": text_of(file), "dry_run": dry_run})
    faults = answer["errors"]
    taken = answer["lines"] if dry_run and not faults else len(answer["opened"])
    tell("customers", taken, faults, dry_run=dry_run, place=errors, as_json=as_json)
