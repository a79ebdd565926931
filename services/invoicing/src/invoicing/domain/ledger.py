"""The ledger: balanced, append-only entries; every balance is a sum of postings (rule 8).

A posting's amount is signed: positive debits its account, negative credits it. An entry holds one currency and sums
to zero. Nothing is ever edited: what was wrong, or came back, is a further entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from common.errors import RuleBroken
from common.money import minor_unit

ZERO = Decimal(0)


class EntryNotBalanced(RuleBroken):
    """The postings of an entry do not sum to zero, or there is none."""

    code = "entry_not_balanced"


class AmountNotPositive(RuleBroken):
    """A movement of nothing, or of less than nothing."""

    code = "amount_not_positive"


class AmountTooFine(RuleBroken):
    """More decimals than the currency has."""

    code = "amount_too_fine"


class AccountKind(StrEnum):
    """The chart of accounts. Each is kept per party: a customer, a payment processor, or a tax code."""

    RECEIVABLE = "receivable"  # party: customer; per invoice
    CASH = "cash"  # party: processor
    DISPUTED_CASH = "disputed_cash"  # party: processor; held back until a dispute is decided
    IN_FLIGHT = "in_flight"  # party: processor; asked for, not yet confirmed
    PROMISED = "promised"  # party: customer; the other side of in flight, per invoice
    CUSTOMER_CREDIT = "customer_credit"  # party: customer; per lot
    DEPOSITS = "deposits"  # party: customer
    PREPAYMENTS = "prepayments"  # party: customer; the last cycle's amount held (rule 6.2)
    RECOVERED_HASHRATE = "recovered_hashrate"  # party: customer; what a redirected pool paid
    PROCESSING_FEES = "processing_fees"  # party: processor
    TAX = "tax"  # party: tax code
    REVENUE = "revenue"
    LATE_FEE_REVENUE = "late_fee_revenue"
    CREDITS_GRANTED = "credits_granted"  # goodwill and corrections by hand; lowers revenue
    WRITE_OFFS = "write_offs"


class EntryKind(StrEnum):
    """What moved."""

    ISSUE = "issue"
    CREDIT_APPLIED = "credit_applied"
    CREDIT_FROM_INVOICE = "credit_from_invoice"
    CREDIT_NOTE = "credit_note"
    CANCEL = "cancel"
    WRITE_OFF = "write_off"
    PAYMENT = "payment"
    FEE = "fee"
    REVERSAL = "reversal"
    REFUND = "refund"
    STARTED = "payment_started"
    STOPPED = "payment_stopped"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    RECOVERY = "recovery"
    CREDIT_GRANTED = "credit_granted"
    CREDIT_LOWERED = "credit_lowered"
    CREDIT_PAID_OUT = "credit_paid_out"
    DEPOSIT_TAKEN = "deposit_taken"
    DEPOSIT_RETURNED = "deposit_returned"
    DEPOSIT_APPLIED = "deposit_applied"


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its kind and whose it is."""

    kind: AccountKind
    party: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """A signed amount on an account: debit above zero, credit below.

    `lot_id` says where money came from (`payment/...`, `credit/...`, `recovery/...`), on customer credit, on cash and
    on every posting that settles an invoice. So each piece can be followed, and taken back, wherever it went.
    """

    account: Account
    amount: Decimal
    invoice_id: str | None = None
    lot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement, balanced. `source_id` is what caused it: an invoice, a payment, a credit, a dispute.

    The store adds id, organization and sequence; the same kind and source is posted once.
    """

    kind: EntryKind
    source_id: str
    customer_id: str
    currency: str
    at: datetime
    postings: tuple[Posting, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        step = Decimal(1).scaleb(-minor_unit(self.currency))
        for posting in self.postings:
            if not posting.amount.is_finite() or posting.amount % step:
                raise AmountTooFine(
                    f"{posting.amount} is not an amount of {self.currency}.", field="amount", remedy=f"steps of {step}"
                )
        if not self.postings or sum((posting.amount for posting in self.postings), ZERO) != 0:
            raise EntryNotBalanced(f"The entry {self.kind.value} of {self.source_id} does not sum to zero.")


def entry(head: Head, kind: EntryKind, postings: Iterable[Posting], *, source_id: str | None = None) -> Entry | None:
    """An entry of the postings that move anything; none where nothing moves."""
    moved = tuple(posting for posting in postings if posting.amount)
    if not moved:
        return None
    return Entry(kind, source_id or head.source_id, head.customer_id, head.currency, head.at, moved, head.reason)


@dataclass(frozen=True, slots=True)
class Head:
    """What the entries of one movement share."""

    source_id: str
    customer_id: str
    currency: str
    at: datetime
    reason: str = ""


def existing(*entries: Entry | None) -> list[Entry]:
    """The entries that move anything, in order."""
    return [made for made in entries if made is not None]


def checked_positive(amount: Decimal, *, field: str = "amount") -> Decimal:
    """The amount, above zero."""
    if not amount.is_finite() or amount <= 0:
        raise AmountNotPositive(f"{amount} is not an amount to move.", field=field, remedy="more than 0")
    return amount


def receivable(customer_id: str, amount: Decimal, invoice_id: str | None, lot_id: str | None = None) -> Posting:
    """A debit (or, below zero, a credit) of what the customer owes for an invoice; none: owed outside invoices.

    With a lot it settles (or, above zero, takes a settlement back); without one it is the claim itself.
    """
    return Posting(Account(AccountKind.RECEIVABLE, customer_id), amount, invoice_id, lot_id)


def credit(customer_id: str, amount: Decimal, lot_id: str) -> Posting:
    """A posting on a lot of the customer's credit; below zero adds to it, as with every liability."""
    return Posting(Account(AccountKind.CUSTOMER_CREDIT, customer_id), amount, lot_id=lot_id)


def cash(processor: str, amount: Decimal, lot_id: str | None = None) -> Posting:
    """A debit (or credit) of the money that lies with a payment processor."""
    return Posting(Account(AccountKind.CASH, processor), amount, lot_id=lot_id)


def balance(entries: Iterable[Entry], kind: AccountKind, party: str | None = None) -> Decimal:
    """Debits less credits of one kind of account, of one party or of all."""
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.account.kind is kind and party in (None, posting.account.party)
        ),
        ZERO,
    )


def owed(entries: Iterable[Entry], invoice_id: str | None) -> Decimal:
    """What is still open of an invoice (None: what is owed outside invoices); below zero only between two entries."""
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.account.kind is AccountKind.RECEIVABLE and posting.invoice_id == invoice_id
        ),
        ZERO,
    )
