"""`hostbook member ...`: who is in the team of the host, or of a customer, and how they get in (CM-11, CM-26..28)."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal

import typer

from hostbook.books.connection import ORGANIZATION, books
from hostbook.books.names import customer_of, known_customers
from hostbook.books.shown import AsJson, Search, Sort, gathered, print_facts, print_json, print_table
from hostbook.client import members, sign_in
from hostbook.client.me import read_me
from hostbook.client.shapes import MemberAnswer, Role
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

member = typer.Typer(help="Who works here, and how they get in.", no_args_is_help=True)


def known_members(incomplete: str) -> list[str]:
    """For the shell's completion: addresses; nothing where nobody answers."""
    try:
        with books() as api:
            found = members.every_member(api, fields="email")
            return [one["email"] for one in found if one["email"].startswith(incomplete)]
    except EngineTrouble:
        return []


Who = Annotated[str, typer.Argument(help="The address, or the id.", autocompletion=known_members)]
Customer = Annotated[
    str | None, typer.Option(help="In whose team: the customer's name or id.", autocompletion=known_customers)
]


@member.command("list")
def list_members(customer: Customer = None, search: Search = None, sort: Sort = None, as_json: AsJson = False) -> None:
    """All, with when each last signed in."""
    order: Any = sort
    with books() as api:
        whose = customer_of(api, customer)["id"] if customer else None
        found = gathered(members.every_member(api, customer_id=whose, q=search, sort=order), "members")
    if as_json:
        print_json(found)
        return
    rows = [
        (one["email"], one["name"], one["role"], one["signed_in_at"] or "never", one["customer_id"], one["id"])
        for one in found
    ]
    print_table("Members", ("address", "name", "role", "last signed in", "customer", "id"), rows)


@member.command()
def role(
    who: Who, to: Annotated[Role, typer.Option("--to", help="Within what your key may do.")], as_json: AsJson = False
) -> None:
    """Give somebody another role; they sign in anew."""
    with books() as api:
        one = _member_of(api, who)
        _tell(members.change_member(api, one["id"], {"role": to}, one["version"]), as_json=as_json)


@member.command()
def remove(who: Who, as_json: AsJson = False) -> None:
    """End a membership; sessions, keys and invitations of theirs end with it."""
    with books() as api:
        one = _member_of(api, who)
        members.remove_member(api, one["id"])
        _tell(one, as_json=as_json, done="is no member any more")


@member.command("sign-out")
def sign_out(who: Who, as_json: AsJson = False) -> None:
    """End all of somebody's sessions here, at once; they may sign in again."""
    with books() as api:
        one = _member_of(api, who)
        members.remove_member_sessions(api, one["id"])
        _tell(one, as_json=as_json, done="is signed out everywhere")


@member.command("send-link")
def send_link(
    who: Who,
    what: Annotated[Literal["sign-in", "password"], typer.Option("--for", help="What the link does.")] = "sign-in",
    as_json: AsJson = False,
) -> None:
    """Mail somebody a link, for ten minutes: to sign in with, or to choose another password."""
    with books() as api:
        one = _member_of(api, who)
        ask = sign_in.ask_for_magic_link if what == "sign-in" else sign_in.ask_for_password_reset
        audience: Any = "portal" if one["customer_id"] else "host"
        ask(api, {"email": one["email"], "organization": _organization(api), "audience": audience})
        _tell(one, as_json=as_json, done=f"gets a link by mail ({what})")


def _organization(api: Api) -> str:
    """The short name, or the id, by which its people sign in."""
    named = os.environ.get(ORGANIZATION)
    return named or read_me(api)["organization_id"]


def _member_of(api: Api, who: str) -> MemberAnswer:
    found = [
        one
        for one in members.every_member(api, q=who[:100] if "@" in who else None)
        if who.lower() in (one["email"], one["id"])
    ]
    if not found:
        raise EngineTrouble(f"There is no member {who!r}.", "hostbook member list shows them all")
    return found[0]


def _tell(one: MemberAnswer, *, as_json: bool, done: str = "") -> None:
    if as_json:
        print_json(one)
    else:
        print_facts(f"{one['email']} {done}".strip(), [("role", one["role"]), ("id", one["id"])])
