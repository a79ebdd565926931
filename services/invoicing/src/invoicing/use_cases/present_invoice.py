"""What is printed on an invoice's document: every figure as it stands, names in place of ids."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from common.db import Tx
from invoicing.domain.lines import Line
from invoicing.store import copies, invoices
from invoicing.store.copies import Payer
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import BillingRules, billing_rules

_NAMES = {
    "energy": "Energy",
    "failover": "Failover",
    "fixed": "Fixed monthly amount",
    "connector_fee": "Connector fee",
    "overage": "Energy above the power cap",
    "prepayment": "Prepayment",
    "adjustment": "Adjustment",
    "late_fee": "Late fee",
    "demand": "Demand charge",
    "commitment": "Minimum commitment",
    "market_energy": "Energy at market price",
    "utility_loss": "Losses of the site",
    "curtailment": "Curtailment",
    "uptime_credit": "Uptime credit",
}


def title(line: Line) -> str:
    """A line in words."""
    words = line.description or _NAMES.get(line.kind.value, line.kind.value)
    if line.method is not None:
        words += f", {line.method.value.replace('_', ' ')}"
    if line.estimated:
        words += " (partly estimated)"
    if line.refers_to and line.kind.value == "adjustment":
        words += f" for {line.refers_to}"
    return words


async def printed_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID) -> tuple[dict[str, Any], Kept, Payer]:
    """The document's content, with the invoice and the customer it goes to."""
    kept = await invoices.get(tx, invoice_id)
    payer = await copies.payer(tx, kept.customer_id)
    rules = await billing_rules(tx, organization_id)
    unit_ids = [UUID(u) for line in kept.invoice.lines for u, _ in line.units]
    units = await copies.unit_names(tx, unit_ids) if unit_ids else {}
    numbers = {t.contract_id: t.number for t in await copies.terms_of_customer(tx, kept.customer_id)}
    return _content(kept, payer, rules, {"units": units, "contracts": numbers}), kept, payer


def _content(kept: Kept, payer: Payer, rules: BillingRules, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    invoice, head = kept.invoice, kept.invoice.head
    return {
        "host": rules.host.name,
        "number": kept.number or "draft",
        "customer": payer.name,
        "company": payer.company,
        "period": f"{head.first_on:%d %b %Y} to {head.last_on:%d %b %Y}",
        "issued_on": f"{head.issued_on:%d %B %Y}",
        "due_on": f"{head.due_on:%d %B %Y}",
        "currency": head.currency,
        "groups": _groups(invoice.lines, rules, names),
        "sums": [
            ["Subtotal", f"{invoice.subtotal:,f}"],
            *([f"Tax {t.code.replace('_', ' ')} {t.percent:f} %", f"{t.amount:,f}"] for t in invoice.taxes),
            ["Total", f"{invoice.total:,f}"],
            *([["Credit applied", f"-{invoice.credit_applied:,f}"]] if invoice.credit_applied else []),
        ],
        "amount_due": f"{invoice.amount_due:,f} {head.currency}",
        "notes": _notes(kept, names["units"]),
        "footer": rules.preferences.footer or rules.host.name,
    }


def _groups(lines: tuple[Line, ...], rules: BillingRules, names: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for line in lines:
        quantity = line.kwh if line.kwh is not None else line.quantity
        unit = " kWh" if line.kwh is not None else ""
        groups.setdefault(line.contract_id, []).append(
            {
                "text": title(line),
                "quantity": f"{quantity:,f}{unit}" if quantity is not None else "",
                "rate": f"{line.rate:f}" if line.rate is not None else "",
                "amount": f"{line.amount:,f}",
                "units": [[names["units"].get(u, u), f"{kwh:,f}"] for u, kwh in line.units]
                if rules.preferences.shows_units
                else [],
            }
        )
    return [
        {"title": f"Contract {names['contracts'].get(c, c)}" if c else "Other", "lines": rows}
        for c, rows in groups.items()
    ]


def _notes(kept: Kept, units: dict[str, str]) -> list[str]:
    notes = []
    if kept.invoice.variance is not None:
        found = kept.invoice.variance
        notes.append(f"Billed energy differs from the meters by {found.percent} % ({found.band.value}).")
    for unit_id, hours in kept.invoice.unbilled_hours:
        notes.append(f"{units.get(unit_id, unit_id)}: {hours} h without evidence, not billed.")
    for cap in kept.invoice.caps:
        notes.append(f"The power cap of {cap.cap_kw} kW was exceeded in {cap.quarters} quarter hours.")
    return notes
