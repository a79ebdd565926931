"""What an invoice does to the ledger: issue, credit note, cancel, write off (rules 6.2, 7.3, 7.5, 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.errors import Conflict
from invoicing.domain.ledger import (
    ZERO,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Head,
    Posting,
    checked_positive,
    credit,
    entry,
    existing,
    owed,
    receivable,
)
from invoicing.domain.ledger_credit import Lot, applied
from invoicing.domain.ledger_origins import whereabouts


class NothingOwed(Conflict):
    """There is no balance to write off."""

    code = "nothing_owed"


class AlreadyCancelled(Conflict):
    """The invoice was undone before."""

    code = "already_cancelled"


class CreditNoteTooLarge(Conflict):
    """Credit notes together would be more than the invoice."""

    code = "credit_note_too_large"


@dataclass(frozen=True, slots=True)
class IssuedFigures:
    """An invoice's total and what of it is not plain revenue; each part as on its lines.

    `held` is the last cycle's prepayment charged by it, `released` the held amount it applies (a positive figure);
    `tax` by code, also where it is contained in the total. `deposits` taken less given back.
    """

    invoice_id: str
    total: Decimal
    tax: tuple[tuple[str, Decimal], ...] = ()
    late_fees: Decimal = ZERO
    held: Decimal = ZERO
    released: Decimal = ZERO
    deposits: Decimal = ZERO


def issued(head: Head, figures: IssuedFigures, credit_lots: Iterable[Lot]) -> list[Entry]:
    """The invoice becomes a claim; credit pays it, oldest first; a total below zero becomes credit (rule 7.5).

    `head.source_id` is the invoice. A held invoice is posted when it is released.
    """
    invoice_id = figures.invoice_id
    claim = entry(
        head, EntryKind.ISSUE, [receivable(head.customer_id, figures.total, invoice_id), *_earned(head, figures)]
    )
    surplus = None
    if figures.total < 0:
        lot_id = f"invoice/{invoice_id}"
        moved = [
            receivable(head.customer_id, -figures.total, invoice_id),
            credit(head.customer_id, figures.total, lot_id),
        ]
        surplus = entry(head, EntryKind.CREDIT_FROM_INVOICE, moved)
    return [*existing(claim, surplus), *applied(head, invoice_id, figures.total, credit_lots)]


def _earned(head: Head, figures: IssuedFigures) -> list[Posting]:
    tax = sum((amount for _, amount in figures.tax), ZERO)
    revenue = figures.total - tax - figures.late_fees - figures.held + figures.released - figures.deposits
    invoice_id = figures.invoice_id
    return [
        Posting(Account(AccountKind.REVENUE), -revenue, invoice_id),
        *(Posting(Account(AccountKind.TAX, code), -amount, invoice_id) for code, amount in figures.tax),
        Posting(Account(AccountKind.LATE_FEE_REVENUE), -figures.late_fees, invoice_id),
        Posting(Account(AccountKind.PREPAYMENTS, head.customer_id), -figures.held, invoice_id),
        Posting(Account(AccountKind.PREPAYMENTS, head.customer_id), figures.released, invoice_id),
        Posting(Account(AccountKind.DEPOSITS, head.customer_id), -figures.deposits, invoice_id),
    ]


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A correction of an issued invoice: its amount with the tax in it, by code."""

    note_id: str
    invoice_id: str
    amount: Decimal
    tax: tuple[tuple[str, Decimal], ...] = ()


def credited(head: Head, note: CreditNote, entries: Sequence[Entry]) -> list[Entry]:
    """A credit note: lowers what is owed of its invoice, the rest becomes credit. `entries` are the customer's."""
    checked_positive(note.amount)
    left = earned_of(entries, note.invoice_id)
    if note.amount > left:
        raise CreditNoteTooLarge(
            f"A credit note of {note.amount} goes beyond the {left} that is left of the invoice.",
            field="amount",
            remedy=f"at most {left}",
        )
    open_part = min(max(owed(entries, note.invoice_id), ZERO), note.amount)
    tax = sum((amount for _, amount in note.tax), ZERO)
    postings = [
        Posting(Account(AccountKind.REVENUE), note.amount - tax, note.invoice_id),
        *(Posting(Account(AccountKind.TAX, code), amount, note.invoice_id) for code, amount in note.tax),
        receivable(head.customer_id, -open_part, note.invoice_id),
        credit(head.customer_id, open_part - note.amount, _note_lot(note.note_id)),
    ]
    return existing(entry(head, EntryKind.CREDIT_NOTE, postings, source_id=note.note_id))


def _note_lot(note_id: str) -> str:
    return f"credit_note/{note_id}"


_EARNED = frozenset(
    {
        AccountKind.REVENUE,
        AccountKind.TAX,
        AccountKind.LATE_FEE_REVENUE,
        AccountKind.PREPAYMENTS,
        AccountKind.DEPOSITS,
    }
)


def earned_of(entries: Iterable[Entry], invoice_id: str) -> Decimal:
    """What an invoice stands for after its credit notes: its total, less theirs; zero once it is cancelled."""
    return -sum((posting.amount for posting in _document(entries, invoice_id)), ZERO)


def _document(entries: Iterable[Entry], invoice_id: str) -> list[Posting]:
    return [
        posting
        for made in entries
        for posting in made.postings
        if posting.invoice_id == invoice_id and posting.account.kind in _EARNED
    ]


def cancelled(head: Head, invoice_id: str, entries: Sequence[Entry]) -> list[Entry]:
    """The invoice undone: revenue, tax and prepayment as if it had never been; money on it becomes credit again.

    Each piece returns to the lot it came from, so the oldest credit stays the oldest. Credit that the invoice itself
    gave (a negative total, credit notes) is taken back wherever it went. `entries` are all of the customer's in the
    currency; `head.source_id` is the cancellation.
    """
    if any(_document([made], invoice_id) for made in entries if made.kind is EntryKind.CANCEL):
        raise AlreadyCancelled(f"Invoice {invoice_id} is cancelled.", field="invoice_id")
    back = [
        Posting(posting.account, -posting.amount, invoice_id, posting.lot_id)
        for posting in _document(entries, invoice_id)
    ]
    found = whereabouts(entries, head.customer_id)
    settled = sum((part for _, part in found.on(invoice_id)), ZERO)
    back.extend(found.free(invoice_id))
    back.append(receivable(head.customer_id, -settled - owed(entries, invoice_id), invoice_id))
    for lot_id, given in _given(entries, invoice_id):
        postings, gone = found.take(lot_id, given)
        back.extend(postings)
        back.append(receivable(head.customer_id, gone, None))
    return existing(entry(head, EntryKind.CANCEL, back))


def _touches(made: Entry, invoice_id: str) -> bool:
    return any(posting.invoice_id == invoice_id for posting in made.postings)


def _given(entries: Iterable[Entry], invoice_id: str) -> list[tuple[str, Decimal]]:
    """The credit that an invoice brought by itself: a negative total's, and that of its credit notes."""
    kinds = (EntryKind.CREDIT_FROM_INVOICE, EntryKind.CREDIT_NOTE)
    return [
        (posting.lot_id, -posting.amount)
        for made in entries
        if made.kind in kinds and _touches(made, invoice_id)
        for posting in made.postings
        if posting.account.kind is AccountKind.CUSTOMER_CREDIT and posting.lot_id is not None
    ]


def written_off(head: Head, invoice_id: str, entries: Sequence[Entry], deposits: Sequence[Posting] = ()) -> list[Entry]:
    """The open balance given up; the claim is settled by it (CB-69). Nothing open is refused.

    What of it is a deposit that was never paid ends that liability (`deposits`); the rest is a loss.
    """
    open_part = owed(entries, invoice_id)
    if open_part <= 0:
        raise NothingOwed(f"Nothing is open of invoice {invoice_id}.", field="invoice_id")
    postings = [
        *deposits,
        Posting(Account(AccountKind.WRITE_OFFS), open_part - sum((p.amount for p in deposits), ZERO), invoice_id),
        receivable(head.customer_id, -open_part, invoice_id),
    ]
    return existing(entry(head, EntryKind.WRITE_OFF, postings))
