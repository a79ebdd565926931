"""Customer credit: lots, granted, lowered, applied oldest first, never below zero (rule 7.7, CB-84 to CB-86)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.errors import RuleBroken
from invoicing.domain.ledger import (
    ZERO,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Head,
    Posting,
    cash,
    checked_positive,
    credit,
    entry,
    existing,
    receivable,
)


class CreditTooSmall(RuleBroken):
    """More credit would be taken than there is."""

    code = "credit_too_small"
    status = 409


class ReasonMissing(RuleBroken):
    """Credit moved by hand says why (CB-86)."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one piece of credit, with the instant it came in."""

    lot_id: str
    since_at: datetime
    left: Decimal


def lots(entries: Iterable[Entry], customer_id: str) -> list[Lot]:
    """The customer's credit by lot, the oldest first; used-up lots are left out. Entries of one currency, in order."""
    since: dict[str, datetime] = {}
    left: dict[str, Decimal] = {}
    for made in entries:
        for posting in made.postings:
            if posting.account.kind is AccountKind.CUSTOMER_CREDIT and posting.account.party == customer_id:
                assert posting.lot_id is not None
                since.setdefault(posting.lot_id, made.at)
                left[posting.lot_id] = left.get(posting.lot_id, ZERO) - posting.amount
    return oldest_first(Lot(lot_id, since[lot_id], amount) for lot_id, amount in left.items() if amount)


def oldest_first(of: Iterable[Lot]) -> list[Lot]:
    """Lots in the order in which they are used: by instant, then by id."""
    return sorted(of, key=lambda lot: (lot.since_at, lot.lot_id))


def credit_balance(of: Iterable[Lot]) -> Decimal:
    """The sum of the lots."""
    return sum((lot.left for lot in of), ZERO)


def taken(of: Iterable[Lot], amount: Decimal) -> list[tuple[str, Decimal]]:
    """Which lots an amount takes, oldest first, and how much of each; at most what there is."""
    out = []
    for lot in oldest_first(of):
        part = min(lot.left, amount)
        if part > 0:
            out.append((lot.lot_id, part))
            amount -= part
    return out


def _checked(head: Head, amount: Decimal, available: Decimal | None = None) -> None:
    checked_positive(amount)
    if not head.reason.strip():
        raise ReasonMissing("Credit moved by hand needs a reason.", field="reason", remedy="say why")
    if available is not None and amount > available:
        raise CreditTooSmall(
            f"{amount} {head.currency} is more than the credit of {available} {head.currency}.",
            field="amount",
            remedy=f"at most {available}",
        )


def granted(head: Head, amount: Decimal) -> list[Entry]:
    """Credit given by hand; `head.source_id` becomes its lot."""
    _checked(head, amount)
    postings = [
        Posting(Account(AccountKind.CREDITS_GRANTED), amount),
        credit(head.customer_id, -amount, head.source_id),
    ]
    return existing(entry(head, EntryKind.CREDIT_GRANTED, postings))


def lowered(head: Head, amount: Decimal, of: Iterable[Lot]) -> list[Entry]:
    """Credit taken back by hand, oldest first; more than there is, is refused."""
    available = list(of)
    _checked(head, amount, credit_balance(available))
    used = [credit(head.customer_id, part, lot_id) for lot_id, part in taken(available, amount)]
    postings = [*used, Posting(Account(AccountKind.CREDITS_GRANTED), -amount)]
    return existing(entry(head, EntryKind.CREDIT_LOWERED, postings))


def paid_out(head: Head, amount: Decimal, of: Iterable[Lot], processor: str) -> list[Entry]:
    """Credit returned to the customer as money through a processor, oldest first."""
    available = list(of)
    _checked(head, amount, credit_balance(available))
    used = [credit(head.customer_id, part, lot_id) for lot_id, part in taken(available, amount)]
    return existing(entry(head, EntryKind.CREDIT_PAID_OUT, [*used, cash(processor, -amount)]))


def applied(head: Head, invoice_id: str, due: Decimal, of: Iterable[Lot]) -> list[Entry]:
    """Credit put against an invoice: oldest first, at most what is due (rule 7.7)."""
    postings = []
    for lot_id, part in taken(of, max(due, ZERO)):
        postings.append(credit(head.customer_id, part, lot_id))
        postings.append(receivable(head.customer_id, -part, invoice_id, lot_id))
    return existing(entry(head, EntryKind.CREDIT_APPLIED, postings))
