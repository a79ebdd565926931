"""Money that comes and goes: payments, fees, reversals, refunds, disputes, recoveries, deposits (rule 8, E21, E23)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.errors import Conflict, RuleBroken
from invoicing.domain.ledger import (
    ZERO,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Head,
    Posting,
    balance,
    cash,
    checked_positive,
    credit,
    entry,
    existing,
    receivable,
)
from invoicing.domain.ledger_origins import whereabouts


class MoreThanPaid(Conflict):
    """More would be taken back than the payment brought."""

    code = "more_than_paid"


class DepositTooSmall(Conflict):
    """More would be taken from the deposit than was paid in."""

    code = "deposit_too_small"


class OpenItemRepeated(RuleBroken):
    """One invoice stands twice among those to settle."""

    code = "open_item_repeated"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice with its balance (None: owed outside invoices)."""

    invoice_id: str | None
    open_amount: Decimal


def payment_lot(payment_id: str) -> str:
    """The lot that a payment's money carries wherever it goes."""
    return f"payment/{payment_id}"


def paid(
    head: Head, processor: str, amount: Decimal, items: Sequence[OpenItem], *, payment_id: str | None = None
) -> list[Entry]:
    """A payment (`head.source_id`): it settles the items in their order, the surplus becomes credit (rule 7.7).

    `payment_id` where the money of an earlier payment came back, by a dispute that was won: it is of that lot again.
    """
    lot_id = payment_lot(payment_id or head.source_id)
    postings = [cash(processor, checked_positive(amount), lot_id), *_settling(head, lot_id, amount, items)]
    return existing(entry(head, EntryKind.PAYMENT, postings))


def recovered(head: Head, amount: Decimal, items: Sequence[OpenItem]) -> list[Entry]:
    """What a redirected pool paid, at its price on the day (E23): it settles like a payment, the surplus is credit."""
    lot_id = f"recovery/{head.source_id}"
    account = Account(AccountKind.RECOVERED_HASHRATE, head.customer_id)
    postings = [Posting(account, checked_positive(amount), lot_id=lot_id)]
    return existing(entry(head, EntryKind.RECOVERY, [*postings, *_settling(head, lot_id, amount, items)]))


def _settling(head: Head, lot_id: str, amount: Decimal, items: Sequence[OpenItem]) -> list[Posting]:
    if len({item.invoice_id for item in items}) != len(items):
        raise OpenItemRepeated("An invoice stands twice among those to settle.", field="invoice_ids")
    out = []
    for item in items:
        part = min(max(item.open_amount, ZERO), amount)
        out.append(receivable(head.customer_id, -part, item.invoice_id, lot_id))
        amount -= part
    out.append(credit(head.customer_id, -amount, lot_id))
    return out


def fee_taken(head: Head, processor: str, amount: Decimal) -> list[Entry]:
    """A processor's fee, kept from the host's money with it; the customer's payment stays whole."""
    postings = [
        Posting(Account(AccountKind.PROCESSING_FEES, processor), checked_positive(amount)),
        cash(processor, -amount),
    ]
    return existing(entry(head, EntryKind.FEE, postings))


def kept(entries: Iterable[Entry], payment_id: str) -> Decimal:
    """What is left of a payment after reversals and refunds."""
    lot_id = payment_lot(payment_id)
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.lot_id == lot_id and posting.account.kind in (AccountKind.CASH, AccountKind.DISPUTED_CASH)
        ),
        ZERO,
    )


def come_back(entries: Sequence[Entry], payment_id: str, amount: Decimal) -> Decimal:
    """What a payment that is told again brings: what its latest reversal took, at most what is missing of it.

    Nothing where its money did not go back since it came: then it is the same payment told twice. `entries` are the
    payment's own, in order.
    """
    if not entries or entries[-1].kind is not EntryKind.REVERSAL:
        return ZERO
    taken = -kept(entries[-1:], payment_id)
    return max(min(taken, amount - kept(entries, payment_id)), ZERO)


def _processor(entries: Iterable[Entry], payment_id: str) -> str:
    for made in entries:
        if made.kind is EntryKind.PAYMENT and made.source_id == payment_id:
            return next(posting.account.party for posting in made.postings if posting.account.kind is AccountKind.CASH)
    raise MoreThanPaid(f"Payment {payment_id} is not in the ledger.", field="payment_id")


def _checked_return(entries: Sequence[Entry], payment_id: str, amount: Decimal) -> Decimal:
    left = kept(entries, payment_id)
    if checked_positive(amount) > left:
        raise MoreThanPaid(
            f"{amount} is more than the {left} left of payment {payment_id}.", field="amount", remedy=f"at most {left}"
        )
    return amount


def reversed_payment(head: Head, payment_id: str, amount: Decimal, entries: Sequence[Entry]) -> list[Entry]:
    """A payment returned, charged back or lost in a dispute: a new entry, the old one stays.

    The money is taken from where it went: the payment's surplus while it is still credit, else the invoices that it
    settled, the latest first, which are owed again. What was meanwhile paid out is owed outside invoices. Disputed
    money leaves from where it is held back. `entries` are all of the customer's; `head.source_id` is the reversal.
    """
    return _returned(head, EntryKind.REVERSAL, (payment_id, amount), entries)


def refunded(head: Head, payment_id: str, amount: Decimal, entries: Sequence[Entry]) -> list[Entry]:
    """Money the host gives back: out of the customer's credit first (the payment's own, then the oldest), and only
    then out of invoices, which are owed again. To give up a claim, issue a credit note first."""
    return _returned(head, EntryKind.REFUND, (payment_id, amount), entries)


def _returned(head: Head, kind: EntryKind, what: tuple[str, Decimal], entries: Sequence[Entry]) -> list[Entry]:
    payment_id, amount = what
    _checked_return(entries, payment_id, amount)
    lot_id, processor = payment_lot(payment_id), _processor(entries, payment_id)
    found = whereabouts(entries, head.customer_id)
    postings, gone = found.take(lot_id, amount, any_credit=kind is EntryKind.REFUND)
    postings.append(receivable(head.customer_id, gone, None))
    held_back = min(disputed(entries, payment_id), amount)
    postings.append(Posting(Account(AccountKind.DISPUTED_CASH, processor), -held_back, lot_id=lot_id))
    postings.append(cash(processor, held_back - amount, lot_id))
    return existing(entry(head, kind, postings))


def disputed(entries: Iterable[Entry], payment_id: str) -> Decimal:
    """What of a payment a processor holds back in a dispute."""
    lot_id = payment_lot(payment_id)
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.lot_id == lot_id and posting.account.kind is AccountKind.DISPUTED_CASH
        ),
        ZERO,
    )


def dispute_opened(head: Head, payment_id: str, amount: Decimal, entries: Sequence[Entry]) -> list[Entry]:
    """The processor holds money back; the invoice stays settled until the dispute is lost."""
    free = kept(entries, payment_id) - disputed(entries, payment_id)
    if checked_positive(amount) > free:
        raise MoreThanPaid(f"{amount} is more than the {free} left of payment {payment_id}.", field="amount")
    return _dispute(head, EntryKind.DISPUTE_OPENED, (payment_id, amount), entries)


def dispute_won(head: Head, payment_id: str, entries: Sequence[Entry]) -> list[Entry]:
    """The money held back is free again. A lost dispute is a reversal."""
    return _dispute(head, EntryKind.DISPUTE_WON, (payment_id, -disputed(entries, payment_id)), entries)


def _dispute(head: Head, kind: EntryKind, what: tuple[str, Decimal], entries: Sequence[Entry]) -> list[Entry]:
    payment_id, amount = what
    lot_id, processor = payment_lot(payment_id), _processor(entries, payment_id)
    held_back = Posting(Account(AccountKind.DISPUTED_CASH, processor), amount, lot_id=lot_id)
    return existing(entry(head, kind, [held_back, cash(processor, -amount, lot_id)]))


def started(head: Head, processor: str, items: Sequence[OpenItem]) -> list[Entry]:
    """A payment asked for and not yet confirmed: it pays nothing, and shows as processing on its invoices."""
    return existing(entry(head, EntryKind.STARTED, _flight(head, processor, items, 1)))


def stopped(head: Head, processor: str, items: Sequence[OpenItem]) -> list[Entry]:
    """The end of a payment in flight, whichever way it went; a success posts `paid` beside it."""
    return existing(entry(head, EntryKind.STOPPED, _flight(head, processor, items, -1)))


def _flight(head: Head, processor: str, items: Sequence[OpenItem], sign: int) -> list[Posting]:
    promised = Account(AccountKind.PROMISED, head.customer_id)
    total = sum((item.open_amount for item in items), ZERO)
    out = [Posting(Account(AccountKind.IN_FLIGHT, processor), sign * total)]
    return out + [Posting(promised, -sign * item.open_amount, item.invoice_id) for item in items]


def deposit_taken(head: Head, processor: str, amount: Decimal) -> list[Entry]:
    """A security deposit: a liability until it is returned or applied."""
    postings = [cash(processor, checked_positive(amount)), _deposit(head, -amount)]
    return existing(entry(head, EntryKind.DEPOSIT_TAKEN, postings))


def deposit_returned(head: Head, processor: str, amount: Decimal, entries: Sequence[Entry]) -> list[Entry]:
    """The deposit, or a part of it, given back as money."""
    _checked_deposit(head, amount, entries)
    return existing(entry(head, EntryKind.DEPOSIT_RETURNED, [_deposit(head, amount), cash(processor, -amount)]))


def deposit_applied(head: Head, items: Sequence[OpenItem], entries: Sequence[Entry]) -> list[Entry]:
    """The deposit put against open invoices, in their order, as far as it reaches."""
    left = -balance(entries, AccountKind.DEPOSITS, head.customer_id)
    amount = min(left, sum((max(item.open_amount, ZERO) for item in items), ZERO))
    _checked_deposit(head, amount, entries)
    lot_id = f"deposit/{head.source_id}"
    postings = [_deposit(head, amount), *_settling(head, lot_id, amount, items)]
    return existing(entry(head, EntryKind.DEPOSIT_APPLIED, postings))


def _deposit(head: Head, amount: Decimal) -> Posting:
    return Posting(Account(AccountKind.DEPOSITS, head.customer_id), amount)


def _checked_deposit(head: Head, amount: Decimal, entries: Sequence[Entry]) -> None:
    left = -balance(entries, AccountKind.DEPOSITS, head.customer_id)
    if checked_positive(amount) > left:
        raise DepositTooSmall(f"{amount} is more than the deposit of {left}.", field="amount", remedy=f"at most {left}")
