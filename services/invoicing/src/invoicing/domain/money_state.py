"""What the ledger says about an invoice: its balance, its status, and the states of its money (rules 7.1, 7.2, X15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from invoicing.domain.ledger import ZERO, AccountKind, Entry, EntryKind, owed
from invoicing.domain.ledger_origins import whereabouts
from invoicing.domain.ledger_payments import disputed


class MoneyState(StrEnum):
    """Shown beside the status; several may hold at once."""

    PART_PAID = "part_paid"
    PROCESSING = "processing"
    DISPUTED = "disputed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class InvoiceMoney:
    """An invoice's figures out of the ledger: what is open, what money and credit settle, and its states."""

    open_amount: Decimal
    settled_amount: Decimal
    states: frozenset[MoneyState]


def invoice_money(entries: Sequence[Entry], customer_id: str, invoice_id: str) -> InvoiceMoney:
    """The figures of one invoice. `entries` are the customer's in its currency, in order."""
    open_amount = owed(entries, invoice_id)
    lots = whereabouts(entries, customer_id).on(invoice_id)
    settled = sum((part for _, part in lots), ZERO)
    states = set()
    if open_amount > 0 and settled > 0:
        states.add(MoneyState.PART_PAID)
    if _promised(entries, invoice_id):
        states.add(MoneyState.PROCESSING)
    if any(lot.startswith("payment/") and disputed(entries, lot.removeprefix("payment/")) for lot, _ in lots):
        states.add(MoneyState.DISPUTED)
    if _was_refunded(entries, invoice_id):
        states.add(MoneyState.REFUNDED)
    return InvoiceMoney(open_amount, settled, frozenset(states))


def _promised(entries: Sequence[Entry], invoice_id: str) -> Decimal:
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.account.kind is AccountKind.PROMISED and posting.invoice_id == invoice_id
        ),
        ZERO,
    )


def _was_refunded(entries: Sequence[Entry], invoice_id: str) -> bool:
    return any(
        made.kind is EntryKind.REFUND and any(posting.invoice_id == invoice_id for posting in made.postings)
        for made in entries
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What an invoice's status depends on besides its balance. `numbered`: it has left draft."""

    numbered: bool
    held: bool = False
    cancelled: bool = False
    written_off: bool = False
    due_on: date | None = None


def status_of(standing: Standing, open_amount: Decimal, on: date) -> str:
    """The status that balance, hold, cancel, write-off and the day give (rules 7.1, 7.2), by its value."""
    if standing.cancelled:
        return "cancelled"
    if standing.written_off:
        return "written_off"
    if not standing.numbered:
        return "draft"
    if standing.held:
        return "held"
    if open_amount <= 0:
        return "paid"
    overdue = standing.due_on is not None and on > standing.due_on
    return "overdue" if overdue else "issued"
