"""Issuing a draft: held or issued, credit after tax, paid at once without an amount (rules 7.2, 7.5, 7.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from common.money import minor_unit
from invoicing.domain.invoice import Invoice, InvoiceStatus, moved


@dataclass(frozen=True, slots=True)
class Issued:
    """The invoice as it leaves draft, and what is left on the customer's credit balance of its currency."""

    invoice: Invoice
    credit: Decimal


def issue(draft: Invoice, credit: Decimal, *, held: bool = False) -> Issued:
    """Applies credit like a payment, at most the amount due; a negative total becomes credit.

    A held invoice touches no credit: it is settled by this function again when it is released.
    """
    if held:
        return Issued(moved(draft, InvoiceStatus.HELD), credit)
    return settle(moved(draft, InvoiceStatus.ISSUED), credit)


def settle(invoice: Invoice, credit: Decimal) -> Issued:
    """Credit applied to an issued invoice, at issue or at the release of a held one."""
    zero = Decimal(0).scaleb(-minor_unit(invoice.head.currency))
    if invoice.total <= 0:
        settled = replace(invoice, credit_applied=zero, amount_due=zero)
        return Issued(moved(settled, InvoiceStatus.PAID), credit - invoice.total)
    applied = min(credit, invoice.total) if credit > 0 else zero
    settled = replace(invoice, credit_applied=applied + zero, amount_due=invoice.total - applied)
    if not settled.amount_due:
        settled = moved(settled, InvoiceStatus.PAID)
    return Issued(settled, credit - applied)
