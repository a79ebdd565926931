"""What a case came to, in the shape of `expect`: amounts, quantities and rates as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from common.money import exact_text
from hostbook.scenario.world import World
from invoicing.domain.invoice import Invoice
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.rated import Payout

SATOSHI_DECIMALS = 8


def outcome(world: World) -> dict[str, Any]:
    """Invoices in the order of the steps, credit balances, payouts, and what was refused."""
    currency = world.settings.currency
    result: dict[str, Any] = {
        "invoices": [_invoice(posted.invoice) for posted in world.books.posted],
        "customers": {
            customer.customer_id: {"credit": _plain(world.books.credit[customer.customer_id, currency])}
            for customer in world.case.customers
        },
    }
    if world.books.payouts:
        result["connector_payouts"] = [_payout(payout) for payout in world.books.payouts]
    if world.books.refused:
        result["refused"] = [
            {"customer": refused.customer_id, "period": refused.period, "reason": refused.reason}
            for refused in world.books.refused
        ]
    return result


def _invoice(invoice: Invoice) -> dict[str, Any]:
    head = invoice.head
    result: dict[str, Any] = {
        "customer": head.customer_id,
        "currency": head.currency,
        "period": [head.first_on.isoformat(), head.last_on.isoformat()],
        "issued_on": head.issued_on.isoformat(),
        "due_on": head.due_on.isoformat(),
        "status": invoice.status.value,
        "lines": [_line(line) for line in invoice.lines],
        "subtotal": _plain(invoice.subtotal),
        "tax": _plain(invoice.tax),
        "total": _plain(invoice.total),
        "credit_applied": _plain(invoice.credit_applied),
        "amount_due": _plain(invoice.amount_due),
    }
    if invoice.variance is not None:
        result["variance_percent"] = _plain(invoice.variance.percent)
        result["variance_band"] = invoice.variance.band.value
    if invoice.unbilled_hours:
        result["unbilled_hours"] = {unit_id: exact_text(hours) for unit_id, hours in invoice.unbilled_hours}
    return result


def _line(line: Line) -> dict[str, Any]:
    result: dict[str, Any] = {"contract": line.contract_id, "kind": line.kind.value}
    if line.method is not None:
        result["method"] = line.method.value
    result["estimated"] = line.estimated
    if line.kind is not LineKind.PREPAYMENT:
        figures = {"kwh": line.kwh, "quantity": line.quantity, "rate": line.rate}
        result |= {name: _plain(figure) for name, figure in figures.items() if figure is not None}
    result["amount"] = _plain(line.amount)
    if line.units and line.kind is not LineKind.PREPAYMENT:
        result["units"] = {unit_id: _plain(kwh) for unit_id, kwh in line.units}
    return result


def _payout(payout: Payout) -> dict[str, str]:
    figures = (
        ("gross_btc", payout.gross_satoshi),
        ("fee_btc", payout.fee_satoshi),
        ("net_btc", payout.net_satoshi),
    )
    return {name: _plain(Decimal(satoshi).scaleb(-SATOSHI_DECIMALS)) for name, satoshi in figures}


def _plain(figure: Decimal) -> str:
    """Without exponent; never a negative zero."""
    text = f"{figure:f}"
    return text[1:] if text.startswith("-") and not figure else text
