"""Where each piece of money lies now: in the customer's credit or on invoices, by the lot it came from (rule 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from invoicing.domain.ledger import ZERO, AccountKind, Entry, Posting, credit, receivable


@dataclass(slots=True)
class Whereabouts:
    """One customer's money in one currency: what is left of each lot as credit, and what lies on which invoice.

    Both keep the order in which the pieces first moved.
    """

    customer_id: str
    credit: dict[str, Decimal] = field(default_factory=dict)
    on_invoice: dict[tuple[str | None, str], Decimal] = field(default_factory=dict)

    def on(self, invoice_id: str) -> list[tuple[str, Decimal]]:
        """The lots that settle an invoice, with how much."""
        return [(lot, part) for (of, lot), part in self.on_invoice.items() if of == invoice_id and part]

    def free(self, invoice_id: str) -> list[Posting]:
        """Postings that turn the money on an invoice into credit again, each piece in the lot it came from."""
        out: list[Posting] = []
        for lot, part in self.on(invoice_id):
            out.append(receivable(self.customer_id, part, invoice_id, lot))
            out.append(credit(self.customer_id, -part, lot))
            self.credit[lot] = self.credit.get(lot, ZERO) + part
            self.on_invoice[invoice_id, lot] = ZERO
        return out

    def take(self, lot_id: str, amount: Decimal, *, any_credit: bool = False) -> tuple[list[Posting], Decimal]:
        """Postings that take an amount of a lot back, and what of it is nowhere any more.

        Its own credit first, then (`any_credit`) the customer's other credit, oldest first, then the invoices that it
        settled, the latest first: they are owed again.
        """
        out: list[Posting] = []
        lots = [lot_id, *(lot for lot in self.credit if any_credit and lot != lot_id)]
        for lot in lots:
            part = min(self.credit.get(lot, ZERO), amount)
            if part > 0:
                out.append(credit(self.customer_id, part, lot))
                self.credit[lot] -= part
                amount -= part
        for (invoice_id, lot), held in reversed(list(self.on_invoice.items())):
            part = min(held, amount) if lot == lot_id else ZERO
            if part > 0:
                out.append(receivable(self.customer_id, part, invoice_id, lot))
                self.on_invoice[invoice_id, lot] -= part
                amount -= part
        return out, amount


def whereabouts(entries: Iterable[Entry], customer_id: str) -> Whereabouts:
    """The customer's money as their entries of one currency, in order, left it."""
    out = Whereabouts(customer_id)
    for made in entries:
        for posting in made.postings:
            lot_id, kind = posting.lot_id, posting.account.kind
            if lot_id is None or posting.account.party != customer_id:
                continue
            if kind is AccountKind.CUSTOMER_CREDIT:
                out.credit[lot_id] = out.credit.get(lot_id, ZERO) - posting.amount
            elif kind is AccountKind.RECEIVABLE:
                key = (posting.invoice_id, lot_id)
                out.on_invoice[key] = out.on_invoice.get(key, ZERO) - posting.amount
    return out
