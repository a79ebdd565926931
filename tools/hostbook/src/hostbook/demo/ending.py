"""The end of the demo: the invoices, the debts, the mail, where everything lies, and how to look further."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx
from rich.console import Console
from rich.table import Table

from hostbook.client.delinquency import read_delinquency
from hostbook.client.invoices import every_invoice
from hostbook.client.organizations import read_organization_test_clock
from hostbook.client.shapes import InvoiceAnswer
from hostbook.demo.api import Api
from hostbook.demo.world import World
from hostbook.engines.part import SERVICES
from hostbook.engines.stack import Stack


def tell_ending(console: Console, api: Api, world: World, stack: Stack) -> bool:
    """Prints it; answers whether everything settled."""
    clock = read_organization_test_clock(api, world.id)
    invoices = list(every_invoice(api))
    console.print()
    console.print(invoice_table(world, invoices))
    console.print("\n[bold]Debts[/]")
    for key, customer_id in world.customers.items():
        debt = read_delinquency(api, customer_id)
        owed = sum((Decimal(o["balance"]) for o in debt["overdue"]), Decimal(0))
        standing = f"in default ({debt['reason']})" if debt["in_default"] else "in good standing"
        console.print(f"  {key:<9} {standing}, {owed:.2f} overdue")
    _mail(console, stack)
    console.print("\n[bold]Where to look[/]")
    console.print(f"  API        {stack.url('gateway')}/v1   organization {world.organization['slug']} ({world.id})")
    console.print(
        f"  login      POST {stack.url('gateway')}/v1/auth/login as {world.login[0]}, password {world.login[1]}"
        " (then a second factor: POST /v1/account/totp)"
    )
    console.print(f"  documents  {stack.documents_dir}")
    console.print(f"  mail       {stack.mail_dir}")
    first = invoices[0]["id"] if invoices else ""
    console.print(f"  one trace  hostbook trace --invoice {first}   (or hostbook trace --last)")
    if not clock["settled"]:
        console.print(f"[red]not settled:[/] {clock['waiting_for']}")
    aside = quarantined(stack)
    for service, count in aside.items():
        console.print(f"[red]{count} quarantined events in {service}:[/] hostbook run {service} dead-letters list")
    return bool(clock["settled"]) and bool(invoices) and not aside


def quarantined(stack: Stack) -> dict[str, int]:
    """The services that had to put events aside, and how many."""
    found = {name: httpx.get(f"{stack.url(name)}/health/ready", timeout=20).json() for name in SERVICES}
    return {name: ready["dead_letters"] for name, ready in found.items() if ready.get("dead_letters")}


def invoice_table(world: World, invoices: list[InvoiceAnswer]) -> Table:
    """A row per invoice: energy by method, unbilled hours, money, status."""
    table = Table(title="Invoices", title_justify="left", header_style="bold")
    for heading in ("number", "period", "customer", "kWh by method"):
        table.add_column(heading, overflow="fold")
    for heading in ("unbilled h", "subtotal", "tax", "credit", "due"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("status", overflow="fold")
    for invoice in invoices:
        by_method: dict[str, Decimal] = {}
        for line in invoice["lines"]:
            if line["kwh"] is not None and line["method"]:
                by_method[line["method"]] = by_method.get(line["method"], Decimal(0)) + Decimal(line["kwh"])
        unbilled = sum((Decimal(h) for h in invoice["unbilled_hours"].values()), Decimal(0))
        table.add_row(
            invoice["number"] or "draft",
            invoice["period"],
            world.name_of(world.customers, invoice["customer_id"]),
            "\n".join(f"{method} {kwh:,}" for method, kwh in by_method.items()) or "-",
            f"{unbilled:,}" if unbilled else "-",
            f"{Decimal(invoice['subtotal']):,}",
            invoice["tax"],
            invoice["credit_applied"],
            f"{Decimal(invoice['amount_due']):,}",
            invoice["status"],
        )
    return table


def _mail(console: Console, stack: Stack) -> None:
    index = stack.mail_dir / "index.jsonl"
    rows = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    console.print(f"\n[bold]Mail[/] ({len(rows)})")
    for row in rows[-12:]:
        to = row.get("to") or row.get("recipients") or ""
        console.print(f"  {to if isinstance(to, str) else ', '.join(to):<28} {row.get('subject', '')}")
