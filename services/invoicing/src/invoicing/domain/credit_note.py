"""The tax inside credit notes: however an invoice is credited in parts, the parts sum to its tax (rule 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from common.money import minor_unit, round_half_up
from invoicing.domain.invoice import Invoice
from invoicing.domain.ledger import ZERO, checked_positive
from invoicing.domain.ledger_invoices import CreditNote, CreditNoteTooLarge, IssuedFigures
from invoicing.domain.lines import LineKind


def note_on(
    invoice: Invoice, invoice_id: str, note_id: str, amount: Decimal, before: Sequence[CreditNote]
) -> CreditNote:
    """A credit note over an amount of the total, tax included.

    Each code's tax so far is its tax on the invoice x credited / total, rounded half up; a note carries what this
    adds to the notes `before` it. Credited in any number of parts, the whole invoice gives back its whole tax.
    """
    already = sum((note.amount for note in before), ZERO)
    credited = already + checked_positive(amount)
    if credited > invoice.total:
        raise CreditNoteTooLarge(
            f"A credit note of {amount} goes beyond the {invoice.total - already} that is left of the invoice.",
            field="amount",
            remedy=f"at most {invoice.total - already}",
        )
    share = Fraction(credited) / Fraction(invoice.total)
    decimals = minor_unit(invoice.head.currency)
    taxes = []
    for tax in invoice.taxes:
        given = sum((part for note in before for code, part in note.tax if code == tax.code), ZERO)
        taxes.append((tax.code, round_half_up(Fraction(tax.amount) * share, decimals) - given))
    return CreditNote(note_id, invoice_id, amount, tuple(taxes))


def ledger_figures(invoice: Invoice, invoice_id: str, held: Decimal = ZERO) -> IssuedFigures:
    """What the ledger posts of an invoice: total, taxes, late fees, and the prepayment it takes or returns.

    `held` is the last cycle's amount on a first prepaid invoice (`prepayment.held_line`); the returned amount is read
    off the lines.
    """
    released = sum(
        (-line.amount for line in invoice.lines if line.kind is LineKind.PREPAYMENT and line.kwh is None), ZERO
    )
    late_fees = sum((line.amount for line in invoice.lines if line.kind is LineKind.LATE_FEE), ZERO)
    deposits = sum((line.amount for line in invoice.lines if line.kind is LineKind.DEPOSIT), ZERO)
    taxes = tuple((tax.code, tax.amount) for tax in invoice.taxes)
    return IssuedFigures(invoice_id, invoice.total, taxes, late_fees, held, released, deposits)
