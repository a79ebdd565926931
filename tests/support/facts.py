"""What a story has made, as a scenario document; and an invoice of the API in the words of scenario files.

Both sides of the comparison come from the same facts: the services have them by API and events, the scenario command
has them as one document and prices it without database or broker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hostbook.scenario.compare import differences
from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of
from hostbook.scenario.world import computed

Document = dict[str, Any]
_SAME = ("currency", "issued_on", "due_on", "subtotal", "tax", "total", "credit_applied", "amount_due")


def empty_document(organization: Mapping[str, Any]) -> Document:
    """A scenario without customers; `organization` as the API was told."""
    names = ("timezone", "billing_day", "currency", "due_days")
    return {
        "organization": {name: organization[name] for name in names} | {"tax": {}},
        "customers": {},
        "contracts": [],
        "units": [],
        "channels": [],
        "reads": {},
        "telemetry": {},
        "hashprice": [],
        "charges": [],
    }


def priced(document: Document, *periods: str, steps: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The invoices that the scenario command makes of the document for the periods, in their order."""
    taken = steps if steps is not None else [{"invoice": period} for period in periods]
    result = outcome(computed(case_of({**document, "steps": taken})))
    assert "refused" not in result, result["refused"]
    invoices: list[dict[str, Any]] = result["invoices"]
    return invoices


def in_scenario_words(invoice: Mapping[str, Any], name_of: Mapping[str, str]) -> dict[str, Any]:
    """An invoice as the API shows it, in the shape of `expect`; ids become the names of the document."""
    shown: dict[str, Any] = {name: invoice[name] for name in _SAME}
    shown["customer"] = name_of[invoice["customer_id"]]
    shown["period"] = [invoice["first_on"], invoice["last_on"]]
    shown["lines"] = [_line(line, name_of) for line in invoice["lines"]]
    for name in ("variance_percent", "variance_band"):
        if invoice[name] is not None:
            shown[name] = invoice[name]
    if invoice["unbilled_hours"]:
        shown["unbilled_hours"] = {name_of[unit]: hours for unit, hours in invoice["unbilled_hours"].items()}
    return shown


def _line(line: Mapping[str, Any], name_of: Mapping[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "contract": name_of[line["contract_id"]] if line["contract_id"] else None,
        "kind": line["kind"],
        "estimated": line["estimated"],
        "amount": line["amount"],
    }
    shown |= {name: line[name] for name in ("method", "kwh", "quantity", "rate") if line[name] is not None}
    if line["units"]:
        shown["units"] = {name_of[share["unit_id"]]: share["kwh"] for share in line["units"]}
    return shown


def assert_same_invoices(
    expected: Sequence[Mapping[str, Any]], got: Sequence[Mapping[str, Any]], name_of: Mapping[str, str]
) -> None:
    """Customer by customer and period by period the same lines, quantities, amounts, hours and variance."""
    wanted = sorted(({k: v for k, v in one.items() if k != "status"} for one in expected), key=_place)
    found = sorted((in_scenario_words(one, name_of) for one in got), key=_place)
    assert [_place(one) for one in found] == [_place(one) for one in wanted]
    for one, other in zip(wanted, found, strict=True):
        assert set(one) == set(other), (one, other)
    told = list(differences({"invoices": wanted}, {"invoices": found}))
    assert not told, "\n".join(told)


def _place(invoice: Mapping[str, Any]) -> tuple[str, str, str]:
    return (invoice["period"][0], invoice["customer"], invoice["currency"])
