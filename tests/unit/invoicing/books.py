"""A customer's entries in the making, for tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from invoicing.domain.ledger import AccountKind, Entry, Head, balance, owed
from invoicing.domain.ledger_credit import credit_balance, granted, lots
from invoicing.domain.ledger_invoices import IssuedFigures, issued
from invoicing.domain.ledger_payments import OpenItem, paid


def usd(text: str) -> Decimal:
    return Decimal(text)


class Books:
    """Entries of customer A in USD; each movement a minute after the one before."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.at = datetime(2025, 1, 1, tzinfo=UTC)

    def head(self, source_id: str, reason: str = "because") -> Head:
        self.at += timedelta(minutes=1)
        return Head(source_id, "A", "USD", self.at, reason)

    def post(self, made: list[Entry]) -> list[Entry]:
        self.entries.extend(made)
        return made

    def issue(self, invoice_id: str, total: str, **parts: object) -> list[Entry]:
        figures = IssuedFigures(invoice_id, usd(total), **parts)  # type: ignore[arg-type]
        return self.post(issued(self.head(invoice_id), figures, lots(self.entries, "A")))

    def pay(self, payment_id: str, amount: str, *invoices: str) -> list[Entry]:
        items = [OpenItem(invoice, owed(self.entries, invoice)) for invoice in invoices]
        return self.post(paid(self.head(payment_id), "stripe", usd(amount), items))

    def grant(self, lot_id: str, amount: str) -> list[Entry]:
        return self.post(granted(self.head(lot_id), usd(amount)))

    def owed(self, invoice_id: str | None) -> Decimal:
        return owed(self.entries, invoice_id)

    def credit(self) -> Decimal:
        return credit_balance(lots(self.entries, "A"))

    def lots(self) -> list[tuple[str, Decimal]]:
        return [(lot.lot_id, lot.left) for lot in lots(self.entries, "A")]

    def balance(self, kind: AccountKind) -> Decimal:
        return balance(self.entries, kind)
