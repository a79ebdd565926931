"""`hostbook customer ...`: the host's customers (CM-03, CM-04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from hostbook.books.connection import books
from hostbook.books.customer_file import import_customers
from hostbook.books.options import options
from hostbook.books.shown import AsJson, print_facts, print_json, print_table

customer = typer.Typer(help="The host's customers.", no_args_is_help=True)
customer.command("import")(import_customers)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What the host knows of a customer."""

    name: Annotated[str, typer.Argument(help="As on invoices.")]
    email: Annotated[str, typer.Option(help="Contact address: invitations and general mail.")]
    company: Annotated[str | None, typer.Option()] = None
    billing_email: Annotated[str | None, typer.Option(help="Blank: the contact address.")] = None
    phone: Annotated[str | None, typer.Option()] = None
    currency: Annotated[str | None, typer.Option(help="Blank: the host's.")] = None
    as_json: AsJson = False


@customer.command()
@options(NewCustomer)
def add(said: NewCustomer) -> None:
    """Add a customer. Nothing is sent to anybody."""
    fields = {"name": said.name, "contact_email": said.email, "company": said.company, "phone": said.phone}
    fields |= {"billing_email": said.billing_email, "currency": said.currency}
    with books() as api:
        made = api.post("/v1/customers", {k: v for k, v in fields.items() if v is not None})
    if said.as_json:
        print_json(made)
    else:
        facts = [("id", made["id"]), ("contact", made["contact_email"]), ("company", said.company)]
        print_facts(made["name"], facts)


@customer.command("list")
def list_customers(as_json: AsJson = False) -> None:
    """All customers, with what they are called and where mail goes."""
    with books() as api:
        found = list(api.all("/v1/customers"))
    if as_json:
        print_json(found)
        return
    print_table("Customers", ("name", "company", "contact", "currency", "standing", "id"), map(_row, found))


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    standing = one.get("status") or one.get("standing") or ""
    return one["name"], one.get("company"), one["contact_email"], one.get("currency"), standing, one["id"]
