"""`hostbook customer ...`: the host's customers (CM-03, CM-04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from customers.domain.customer import Standing
from hostbook.books.connection import books
from hostbook.books.customer_file import import_customers
from hostbook.books.options import options
from hostbook.books.shown import AsJson, Search, Sort, gathered, print_facts, print_json, print_table
from hostbook.client.customers import add_customer, every_customer
from hostbook.client.shapes import CustomerAnswer, NewCustomer

customer = typer.Typer(help="The host's customers.", no_args_is_help=True)
customer.command("import")(import_customers)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the host knows of a customer."""

    name: Annotated[str, typer.Argument(help="As on invoices.")]
    email: Annotated[str, typer.Option(help="Contact address: invitations and general mail.")]
    company: Annotated[str | None, typer.Option()] = None
    billing_email: Annotated[str | None, typer.Option(help="Blank: the contact address.")] = None
    phone: Annotated[str | None, typer.Option()] = None
    currency: Annotated[str | None, typer.Option(help="Blank: the host's.")] = None
    as_json: AsJson = False


@customer.command()
@options(Asked)
def add(said: Asked) -> None:
    """Add a customer. Nothing is sent to anybody."""
    wanted = NewCustomer(
        name=said.name, contact_email=said.email, company=said.company, phone=said.phone,
        billing_email=said.billing_email, currency=said.currency,
    )  # fmt: skip
    with books() as api:
        made = add_customer(api, wanted)
    if said.as_json:
        print_json(made)
    else:
        facts = [("id", made["id"]), ("contact", made["contact_email"]), ("company", said.company)]
        print_facts(made["name"], facts)


@customer.command("list")
def list_customers(
    search: Search = None,
    standing: Annotated[list[Standing] | None, typer.Option(help="Repeat it for several.")] = None,
    tag: Annotated[str | None, typer.Option()] = None,
    sort: Sort = None,
    as_json: AsJson = False,
) -> None:
    """Customers, all or those asked for, with what they are called and where mail goes."""
    wanted: dict[str, Any] = {
        "q": search,
        "standing": [one.value for one in standing or ()] or None,
        "tag": tag,
        "sort": sort,
    }
    with books() as api:
        found = gathered(every_customer(api, **wanted), "customers")
    if as_json:
        print_json(found)
        return
    print_table("Customers", ("name", "company", "contact", "currency", "standing", "id"), map(_row, found))


def _row(one: CustomerAnswer) -> tuple[object, ...]:
    return one["name"], one["company"], one["contact_email"], one["currency"], one["standing"], one["id"]
