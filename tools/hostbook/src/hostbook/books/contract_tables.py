"""Contracts as tables."""

from __future__ import annotations

from typing import Any

from hostbook.books.shown import print_facts, print_table
from hostbook.client.contracts import read_contract_energize_gate
from hostbook.client.customers import every_customer, read_customer
from hostbook.client.shapes import ContractAnswer
from hostbook.demo.api import Api


def show_list(api: Api, found: list[ContractAnswer]) -> None:
    owners = {c["id"]: c["name"] for c in every_customer(api, fields="id,name")}
    rows = [
        (
            c["number"],
            c["reference"],
            owners.get(c["customer_id"]),
            c["type"],
            c["standing"],
            c["start_on"],
            c["end_on"],
            _rate(c),
            len(set(c["unit_ids"])),
        )
        for c in found
    ]
    headings = ("number", "reference", "customer", "type", "standing", "from", "to", ">rate", ">units")
    print_table("Contracts", headings, rows)


def show(api: Api, found: ContractAnswer) -> None:
    """Its terms in words, then its machines with what each waits for."""
    terms, renewal, extra = found["terms"], found["renewal"], found["particulars"]
    owner = read_customer(api, found["customer_id"], fields="name")
    print_facts(
        f"Contract {found['number'] or '(draft)'}",
        [
            ("id", found["id"]),
            ("reference", found["reference"]),
            ("customer", owner["name"]),
            ("type", f"{found['type']}, {found['plan']}"),
            ("standing", found["standing"]),
            ("days", f"{found['start_on']} to {found['end_on'] or 'open'}"),
            ("term", renewal["term"] + (f", renews by {renewal['renews_by']}" if renewal["auto_renew"] else "")),
            ("notice", f"{renewal['notice_days']} days" + _given(renewal)),
            ("rate", ", ".join(f"{r['rate_per_kwh']} from {r['from_at']}" for r in terms["rates"])),
            ("measured", ", ".join(terms["billing_methods"])),
            ("fixed", terms["fixed_monthly_per_unit"]),
            ("deposit", extra["deposit"]),
            ("early end", extra["exit_fee"] and extra["exit_fee"]["mode"]),
            ("clauses", len(extra["clauses"]) or None),
            ("version", found["version"]),
        ],
    )
    gate = read_contract_energize_gate(api, found["id"])
    if gate["units"]:
        rows = [(u["name"], "may run" if u["is_open"] else "must wait", "; ".join(u["missing"])) for u in gate["units"]]
        print_table("", ("unit", "gate", "missing"), rows)


def _given(renewal: dict[str, Any]) -> str:
    given = renewal["notice_given_on"]
    return f", given on {given}, ends on {renewal['ends_on'] or 'the end of the next term'}" if given else ""


def _rate(found: ContractAnswer) -> str:
    rates = found["terms"]["rates"]
    return str(rates[-1]["rate_per_kwh"]) if rates else ""
