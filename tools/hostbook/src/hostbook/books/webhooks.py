"""`hostbook webhook ...`: who is told what happens, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from hostbook.books.connection import books
from hostbook.books.shown import AsJson, print_facts, print_json, print_table
from hostbook.client import webhooks
from hostbook.client.shapes import DeliveryAnswer, DeliveryState, WebhookAnswer
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

webhook = typer.Typer(help="Addresses that are told what happens.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="The webhook's id, or a part of its address that no other has.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="invoice.issued, invoice.*; left out: all.")]
State = Annotated[DeliveryState | None, typer.Option(help="Left out: all.")]
Delivery = Annotated[str | None, typer.Argument(help="The delivery's id.")]
Failed = Annotated[bool, typer.Option("--failed", help="All that were given up.")]


@webhook.command()
def add(
    url: Annotated[str, typer.Argument(help="https://...")],
    types: Types = None,
    description: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Set one up; its secret is shown here, this once."""
    with books() as api:
        made = webhooks.add_webhook(api, {"url": url, "types": types or ["*"], "description": description})
    if as_json:
        print_json(made)
    else:
        print_facts(made["url"], [("id", made["id"]), ("hears", ", ".join(made["types"])), ("secret", made["secret"])])


@webhook.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """All, with how it stands with each."""
    with books() as api:
        found = list(webhooks.every_webhook(api))
    if as_json:
        print_json(found)
        return
    rows = [(one["url"], ", ".join(one["types"]), _standing(one), one["description"], one["id"]) for one in found]
    print_table("Webhooks", ("address", "hears", "standing", "description", "id"), rows)


def _standing(one: WebhookAnswer) -> str:
    if not one["is_enabled"]:
        return f"off ({one['disabled_reason']})"
    if one["resting_until_at"]:
        return f"rests until {one['resting_until_at']}"
    return f"failing since {one['failing_since_at']}" if one["failing_since_at"] else "well"


@webhook.command()
def enable(which: Which, as_json: AsJson = False) -> None:
    """Switch it on again, with a clean record."""
    with books() as api:
        one = _webhook_of(api, which)
        after = webhooks.change_webhook(api, one["id"], {"is_enabled": True}, one["version"])
    if as_json:
        print_json(after)
    else:
        print_facts(after["url"], [("standing", _standing(after))])


@webhook.command("test")
def send_test(
    which: Which,
    kind: Annotated[str | None, typer.Option("--type", help="Left out: the first that it hears.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a made-up event; `hostbook webhook deliveries` shows what became of it."""
    with books() as api:
        sent = webhooks.test_webhook(api, _webhook_of(api, which)["id"], {"type": kind})
    _print_deliveries([sent], as_json=as_json)


@webhook.command()
def deliveries(which: Which, state: State = None, as_json: AsJson = False) -> None:
    """What it was told, the newest first."""
    with books() as api:
        found = list(
            webhooks.every_webhook_delivery(api, _webhook_of(api, which)["id"], state=[state] if state else None)
        )
    _print_deliveries(found, as_json=as_json)


@webhook.command()
def replay(which: Which, delivery: Delivery = None, failed: Failed = False, as_json: AsJson = False) -> None:
    """Send one delivery again, or all that failed, under their ids."""
    if (delivery is None) is not failed:
        raise EngineTrouble("Which deliveries?", "a delivery's id, or --failed for all that were given up")
    with books() as api:
        one = _webhook_of(api, which)["id"]
        given_up = webhooks.every_webhook_delivery(api, one, state=["failed"]) if failed else ()
        ids = [delivery] if delivery else [found["id"] for found in given_up]
        again = [webhooks.replay_webhook_delivery(api, one, delivery_id) for delivery_id in ids]
    _print_deliveries(again, as_json=as_json)


def _webhook_of(api: Api, which: str) -> WebhookAnswer:
    found = [one for one in webhooks.every_webhook(api) if which == one["id"] or which in one["url"]]
    if len(found) != 1:
        said = f"There is no webhook {which!r}." if not found else f"{len(found)} webhooks have {which!r}."
        raise EngineTrouble(said, "hostbook webhook list shows them all")
    return found[0]


def _print_deliveries(found: list[DeliveryAnswer], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    headings = ("type", "state", ">attempts", "next", "last answer", "id")
    rows = [
        (one["type"], one["state"], one["attempts"], one["next_at"], one["error"] or one["status"], one["id"])
        for one in found
    ]
    print_table("Deliveries", headings, rows)
