"""`hostbook invite`, `hostbook invitation ...`: a place for somebody in the host's team, or in a customer's (CM-11)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hostbook.books.connection import books
from hostbook.books.names import customer_of, known_customers
from hostbook.books.shown import AsJson, print_facts, print_json, print_table
from hostbook.client import invitations
from hostbook.client.shapes import InvitationAnswer, InvitationMade
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

invitation = typer.Typer(help="Who is invited and has not come yet.", no_args_is_help=True)


def known_invitations(incomplete: str) -> list[str]:
    """For the shell's completion: addresses; nothing where nobody answers."""
    try:
        with books() as api:
            found = invitations.every_invitation(api, fields="email")
            return [one["email"] for one in found if one["email"].startswith(incomplete)]
    except EngineTrouble:
        return []


Whom = Annotated[str, typer.Argument(help="The address, or the id.", autocompletion=known_invitations)]


def invite(
    email: Annotated[str, typer.Argument(help="Whom; the link is for this address alone.")],
    role: Annotated[str, typer.Option(help="finance, sales ... or, with --customer, customer_owner ...")],
    customer: Annotated[
        str | None, typer.Option(help="In whose team: the customer's name or id.", autocompletion=known_customers)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Invite somebody, for seven days; the link goes by mail, and is shown here once to be handed on."""
    with books() as api:
        body: Any = {"email": email, "role": role}
        if customer is not None:
            body["customer_id"] = customer_of(api, customer)["id"]
        made = invitations.add_invitation(api, body)
    _tell(made, as_json=as_json)


@invitation.command("list")
def list_invitations(as_json: AsJson = False) -> None:
    """All, with those whose mail was refused, and those that are over."""
    with books() as api:
        found = list(invitations.every_invitation(api))
    if as_json:
        print_json(found)
        return
    rows = [
        (one["email"], one["role"], one["ends_at"], one["mail_refusal"], one["customer_id"], one["id"]) for one in found
    ]
    print_table("Invitations", ("address", "role", "until", "mail refused", "customer", "id"), rows)


@invitation.command()
def renew(whom: Whom, as_json: AsJson = False) -> None:
    """Seven more days, by a fresh link in a fresh mail; the link before opens nothing any more."""
    with books() as api:
        made = invitations.renew_invitation(api, _invitation_of(api, whom)["id"])
    _tell(made, as_json=as_json)


@invitation.command()
def withdraw(whom: Whom, as_json: AsJson = False) -> None:
    """Its link opens nothing from now on."""
    with books() as api:
        one = _invitation_of(api, whom)
        invitations.remove_invitation(api, one["id"])
    if as_json:
        print_json(one)
    else:
        print_facts(f"{one['email']} is not invited any more", [("id", one["id"])])


def _invitation_of(api: Api, whom: str) -> InvitationAnswer:
    found = [one for one in invitations.every_invitation(api) if whom.lower() in (one["email"], one["id"])]
    if not found:
        raise EngineTrouble(f"Nobody is invited as {whom!r}.", "hostbook invitation list shows them all")
    return found[0]


def _tell(made: InvitationMade, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        print_facts(
            f"{made['email']} is invited as {made['role']}", [("until", made["ends_at"]), ("link", made["link"])]
        )
