"""`hostbook invite`: a place for somebody in the host's team, or in a customer's (CM-11)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hostbook.books.connection import books
from hostbook.books.names import customer_of
from hostbook.books.shown import AsJson, print_facts, print_json
from hostbook.client.invitations import add_invitation


def invite(
    email: Annotated[str, typer.Argument(help="Whom; the link is for this address alone.")],
    role: Annotated[str, typer.Option(help="finance, sales ... or, with --customer, customer_owner ...")],
    customer: Annotated[str | None, typer.Option(help="In whose team: the customer's name or id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Invite somebody, for seven days; the link goes by mail, and is shown here once to be handed on."""
    with books() as api:
        body: Any = {"email": email, "role": role}
        if customer is not None:
            body["customer_id"] = customer_of(api, customer)["id"]
        made = add_invitation(api, body)
    if as_json:
        print_json(made)
    else:
        print_facts(
            f"{made['email']} is invited as {made['role']}", [("until", made["ends_at"]), ("link", made["link"])]
        )
