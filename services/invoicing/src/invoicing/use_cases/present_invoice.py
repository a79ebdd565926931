"""What is printed on an invoice's document: every figure as it stands, names in place of ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db import Tx
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.issuer import Issuer
from invoicing.domain.lines import Line, LineKind
from invoicing.store import copies, credit_notes, invoices
from invoicing.store.copies import Payer
from invoicing.store.credit_notes import KeptNote
from invoicing.store.invoices import Kept
from invoicing.use_cases.billing_rules import BillingRules, billing_rules

_NAMES = {
    LineKind.ENERGY: "Energy",
    LineKind.FAILOVER: "Time without evidence",
    LineKind.FIXED: "Fixed monthly amount",
    LineKind.CONNECTOR_FEE: "Connector fee",
    LineKind.OVERAGE: "Energy above the power cap",
    LineKind.PREPAYMENT: "Prepayment",
    LineKind.ADJUSTMENT: "Correction",
    LineKind.LATE_FEE: "Late fee",
    LineKind.DEMAND: "Demand charge",
    LineKind.COMMITMENT: "Minimum commitment",
    LineKind.MARKET_ENERGY: "Energy at market price",
    LineKind.UTILITY_LOSS: "Losses of the site",
    LineKind.CURTAILMENT: "Curtailment",
    LineKind.UPTIME_CREDIT: "Uptime credit",
}
_STAMPS = {
    InvoiceStatus.HELD: "on hold",
    InvoiceStatus.CANCELLED: "cancelled",
    InvoiceStatus.WRITTEN_OFF: "written off",
}


@dataclass(frozen=True, slots=True)
class Printed:
    """A document's content, with the invoice and the customer it goes to; `is_mailed` by the host's settings."""

    content: dict[str, Any]
    kept: Kept
    payer: Payer
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class _Names:
    """How things are called: units, contracts, invoices, by their ids."""

    units: dict[str, str]
    contracts: dict[str, str]
    invoices: dict[str, str]


async def printed_invoice(tx: Tx, organization_id: UUID, invoice_id: UUID) -> Printed:
    kept = await invoices.get(tx, invoice_id)
    payer = await copies.payer(tx, kept.customer_id)
    rules = await billing_rules(tx, organization_id)
    names = await _names(tx, kept)
    content = _head(payer, rules, kept.invoice.issuer) | _content(kept, rules, names)
    return Printed(content, kept, payer, rules.preferences.auto_send)


async def printed_note(tx: Tx, organization_id: UUID, given: KeptNote) -> dict[str, Any]:
    """The document of a credit note, in the form of an invoice's."""
    kept = await invoices.get(tx, UUID(given.note.invoice_id))
    payer = await copies.payer(tx, given.customer_id)
    head = _head(payer, await billing_rules(tx, organization_id), kept.invoice.issuer)
    taxes = [[f"Contains tax ({_words(code)})", money(amount)] for code, amount in given.note.tax if amount]
    line = {"text": given.reason, "quantity": "", "rate": "", "amount": money(given.note.amount), "units": []}
    return head | {
        "kind": "Credit note",
        "stamp": "",
        "number": given.number,
        "dates": [["Date", long_date(given.issued_on)], ["For invoice", kept.number or ""]],
        "currency": given.currency,
        "groups": [{"title": f"Invoice {kept.number} of {long_date(kept.invoice.head.issued_on)}", "lines": [line]}],
        "sums": taxes,
        "due_label": "Credited",
        "amount_due": f"{money(given.note.amount)} {given.currency}",
        "notes": [],
    }


async def notes_of(tx: Tx, invoice_id: UUID) -> list[KeptNote]:
    await invoices.get(tx, invoice_id)
    return await credit_notes.of_invoice(tx, invoice_id)


async def _names(tx: Tx, kept: Kept) -> _Names:
    lines = kept.invoice.lines
    unit_ids = {UUID(u) for line in lines for u, _ in line.units} | {UUID(u) for u, _ in kept.invoice.unbilled_hours}
    late = [UUID(line.refers_to) for line in lines if line.kind is LineKind.LATE_FEE and line.refers_to]
    return _Names(
        await copies.unit_names(tx, list(unit_ids)) if unit_ids else {},
        {t.contract_id: t.number for t in await copies.terms_of_customer(tx, kept.customer_id)},
        {str(i.invoice_id): i.number or "" for i in await invoices.named(tx, late)},
    )


def _head(payer: Payer, rules: BillingRules, issuer: Issuer | None) -> dict[str, Any]:
    return {
        "host": rules.host.name,
        "issuer": _issuer(issuer),
        "customer": payer.name,
        "company": payer.company or "",
        "email": payer.email,
        "footer": rules.preferences.footer or rules.host.name,
    }


def _issuer(issuer: Issuer | None) -> list[str]:
    """The legal person that bills, line by line, as it stood when the invoice was made."""
    if issuer is None:
        return []
    tax_ids = [f"{_words(kind).upper()} {number}" for kind, number in issuer.tax_ids]
    return [issuer.legal_name, *issuer.address, issuer.country, *tax_ids]


def _content(kept: Kept, rules: BillingRules, names: _Names) -> dict[str, Any]:
    invoice, head = kept.invoice, kept.invoice.head
    period = f"{long_date(head.first_on)} to {long_date(head.last_on)}"
    return {
        "kind": "Invoice",
        "stamp": _STAMPS.get(kept.status, ""),
        "number": kept.number or "draft",
        "period": period,
        "due_on": long_date(head.due_on),
        "dates": [
            ["Period", period],
            ["Invoice date", long_date(head.issued_on)],
            ["Due date", long_date(head.due_on)],
            ["Currency", head.currency],
        ],
        "currency": head.currency,
        "groups": _groups(invoice.lines, names, shows_units=rules.preferences.shows_units),
        "sums": _sums(invoice, inclusive=rules.settings.tax.inclusive),
        "due_label": "Amount due",
        "amount_due": f"{money(invoice.amount_due)} {head.currency}",
        "notes": _notes(kept, names.units),
    }


def _groups(lines: tuple[Line, ...], names: _Names, *, shows_units: bool) -> list[dict[str, Any]]:
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for line in lines:
        quantity = line.kwh if line.kwh is not None else line.quantity
        groups.setdefault(line.contract_id, []).append(
            {
                "text": title(line, names.invoices),
                "quantity": "" if quantity is None else f"{quantity:,f}" + (" kWh" if line.kwh is not None else ""),
                "rate": "" if line.rate is None else f"{line.rate:f}",
                "amount": money(line.amount),
                "units": [[names.units.get(u, u), f"{kwh:,f}"] for u, kwh in line.units] if shows_units else [],
            }
        )
    return [
        {"title": f"Contract {names.contracts.get(c) or c}" if c else "Other", "lines": rows}
        for c, rows in groups.items()
    ]


def title(line: Line, invoice_numbers: dict[str, str]) -> str:
    """A line in words."""
    words = line.description[:1].upper() + line.description[1:] if line.description else _NAMES.get(line.kind, "")
    if line.kind is LineKind.PREPAYMENT and line.description:
        words = f"Prepayment, {line.description}"
    if line.kind is LineKind.ADJUSTMENT and line.refers_to:
        about = line.refers_to.rpartition("/")
        words += f" of cycle {about[2]}" if about[1] else f" of {line.refers_to}"
    if line.kind is LineKind.LATE_FEE and line.refers_to:
        words += f" for invoice {invoice_numbers.get(line.refers_to, line.refers_to)}"
    if line.method is not None:
        words += f", {_words(line.method.value)}"
    return words + (" (partly estimated)" if line.estimated else "")


def _sums(invoice: Invoice, *, inclusive: bool) -> list[list[str]]:
    contains = "Contains tax" if inclusive else "Tax"
    return [
        ["Subtotal", money(invoice.subtotal)],
        *(
            [f"{contains} {t.percent.normalize():f} % on {money(t.taxable)} ({_words(t.code)})", money(t.amount)]
            for t in invoice.taxes
        ),
        ["Total", money(invoice.total)],
        *([["Credit applied", money(-invoice.credit_applied)]] if invoice.credit_applied else []),
        *([["Added to your credit", money(-invoice.total)]] if invoice.total < 0 else []),
    ]


def _notes(kept: Kept, units: dict[str, str]) -> list[str]:
    notes = []
    if kept.invoice.variance is not None:
        found = kept.invoice.variance
        notes.append(f"Billed energy against the meters: {signed(found.percent)} % ({found.band.value}).")
    for unit_id, hours in kept.invoice.unbilled_hours:
        notes.append(f"{units.get(unit_id, unit_id)}: {hours:f} h without evidence, not billed.")
    for cap in kept.invoice.caps:
        notes.append(f"The power cap of {cap.cap_kw:f} kW was exceeded in {cap.quarters} quarter hours.")
    for paid_out in kept.invoice.payouts:
        notes.append(
            f"Pool income {_btc(paid_out.gross_satoshi)} BTC, less fee {_btc(paid_out.fee_satoshi)} BTC: "
            f"payout {_btc(paid_out.net_satoshi)} BTC."
        )
    return notes


def _btc(satoshi: int) -> str:
    return f"{Decimal(satoshi).scaleb(-8):.8f}"


def _words(code: str) -> str:
    return code.replace("_", " ")


def money(amount: Decimal) -> str:
    """Thousands separated, a true minus sign."""
    return f"{amount:,f}".replace("-", "−")


def signed(number: Decimal) -> str:
    """A difference: its sign is always said."""
    return f"{number:+f}".replace("-", "−")


def long_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
