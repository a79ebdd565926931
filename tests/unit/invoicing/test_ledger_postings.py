"""The postings of each movement, whole: account, party, amount, invoice and lot (rule 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from invoicing.domain.ledger import AccountKind, Entry, EntryKind, balance
from invoicing.domain.ledger_credit import lots, lowered, paid_out
from invoicing.domain.ledger_invoices import CreditNote, cancelled, credited, written_off
from invoicing.domain.ledger_origins import Whereabouts
from invoicing.domain.ledger_payments import (
    DepositTooSmall,
    OpenItem,
    deposit_applied,
    deposit_returned,
    deposit_taken,
    dispute_opened,
    dispute_won,
    fee_taken,
    recovered,
    refunded,
    reversed_payment,
    started,
    stopped,
)
from unit.invoicing.books import Books, usd

NOTE = CreditNote("n1", "i1", usd("10.80"), (("energy", usd("0.80")),))
Told = tuple[str, list[str]]


def told(entries: Sequence[Entry]) -> list[Told]:
    """Entries as (kind, postings), a posting as `account/party amount invoice lot`."""
    return [
        (
            entry.kind.value,
            [
                " ".join(
                    part
                    for part in (
                        f"{posting.account.kind.value}/{posting.account.party}",
                        f"{posting.amount:f}",
                        posting.invoice_id or "",
                        posting.lot_id or "",
                    )
                    if part
                )
                for posting in entry.postings
            ],
        )
        for entry in entries
    ]


def paid_books() -> Books:
    """An invoice of 100.00, of it 8.00 tax, 20.00 held and 5.00 late fee, paid with 130.00."""
    books = Books()
    books.issue("i1", "100.00", tax=(("energy", usd("8.00")),), held=usd("20.00"), late_fees=usd("5.00"))
    books.pay("p1", "130.00", "i1")
    return books


MOVEMENTS: list[tuple[Callable[[Books], list[Entry]], list[Told]]] = [
    (
        lambda books: books.entries[:1],
        [
            (
                "issue",
                [
                    "receivable/A 100.00 i1",
                    "revenue/ -67.00 i1",
                    "tax/energy -8.00 i1",
                    "late_fee_revenue/ -5.00 i1",
                    "prepayments/A -20.00 i1",
                ],
            )
        ],
    ),
    (
        lambda books: books.entries[1:],
        [
            (
                "payment",
                [
                    "cash/stripe 130.00 payment/p1",
                    "receivable/A -100.00 i1 payment/p1",
                    "customer_credit/A -30.00 payment/p1",
                ],
            )
        ],
    ),
    (
        lambda books: books.issue("i2", "40.00", released=usd("20.00")),
        [
            ("issue", ["receivable/A 40.00 i2", "revenue/ -60.00 i2", "prepayments/A 20.00 i2"]),
            ("credit_applied", ["customer_credit/A 30.00 payment/p1", "receivable/A -30.00 i2 payment/p1"]),
        ],
    ),
    (
        lambda books: books.issue("i2", "-7.00"),
        [
            ("issue", ["receivable/A -7.00 i2", "revenue/ 7.00 i2"]),
            ("credit_from_invoice", ["receivable/A 7.00 i2", "customer_credit/A -7.00 invoice/i2"]),
        ],
    ),
    (
        lambda books: credited(
            books.head("n1"), CreditNote("n1", "i1", usd("10.80"), (("energy", usd("0.80")),)), books.entries
        ),
        [("credit_note", ["revenue/ 10.00 i1", "tax/energy 0.80 i1", "customer_credit/A -10.80 credit_note/n1"])],
    ),
    (
        lambda books: cancelled(books.head("c1"), "i1", books.entries),
        [
            (
                "cancel",
                [
                    "revenue/ 67.00 i1",
                    "tax/energy 8.00 i1",
                    "late_fee_revenue/ 5.00 i1",
                    "prepayments/A 20.00 i1",
                    "receivable/A 100.00 i1 payment/p1",
                    "customer_credit/A -100.00 payment/p1",
                    "receivable/A -100.00 i1",
                ],
            )
        ],
    ),
    (
        lambda books: reversed_payment(books.head("r1"), "p1", usd("50.00"), books.entries),
        [
            (
                "reversal",
                [
                    "customer_credit/A 30.00 payment/p1",
                    "receivable/A 20.00 i1 payment/p1",
                    "cash/stripe -50.00 payment/p1",
                ],
            )
        ],
    ),
    (
        lambda books: refunded(books.head("r1"), "p1", usd("10.00"), books.entries),
        [("refund", ["customer_credit/A 10.00 payment/p1", "cash/stripe -10.00 payment/p1"])],
    ),
    (
        lambda books: dispute_opened(books.head("d1"), "p1", usd("130.00"), books.entries),
        [("dispute_opened", ["disputed_cash/stripe 130.00 payment/p1", "cash/stripe -130.00 payment/p1"])],
    ),
    (lambda books: dispute_won(books.head("d1"), "p1", books.entries), []),
    (
        lambda books: fee_taken(books.head("f1"), "stripe", usd("3.77")),
        [("fee", ["processing_fees/stripe 3.77", "cash/stripe -3.77"])],
    ),
    (
        lambda books: books.grant("g1", "5.00"),
        [("credit_granted", ["credits_granted/ 5.00", "customer_credit/A -5.00 g1"])],
    ),
    (
        lambda books: lowered(books.head("l1"), usd("5.00"), lots(books.entries, "A")),
        [("credit_lowered", ["customer_credit/A 5.00 payment/p1", "credits_granted/ -5.00"])],
    ),
    (
        lambda books: paid_out(books.head("l1"), usd("5.00"), lots(books.entries, "A"), "plaid"),
        [("credit_paid_out", ["customer_credit/A 5.00 payment/p1", "cash/plaid -5.00"])],
    ),
    (
        lambda books: recovered(books.head("x1"), usd("9.00"), [OpenItem("i9", usd("4.00"))]),
        [
            (
                "recovery",
                [
                    "recovered_hashrate/A 9.00 recovery/x1",
                    "receivable/A -4.00 i9 recovery/x1",
                    "customer_credit/A -5.00 recovery/x1",
                ],
            )
        ],
    ),
    (
        lambda books: started(books.head("p2"), "plaid", [OpenItem("i9", usd("4.00")), OpenItem("i8", usd("1.00"))]),
        [("payment_started", ["in_flight/plaid 5.00", "promised/A -4.00 i9", "promised/A -1.00 i8"])],
    ),
    (
        lambda books: stopped(books.head("p2"), "plaid", [OpenItem("i9", usd("4.00"))]),
        [("payment_stopped", ["in_flight/plaid -4.00", "promised/A 4.00 i9"])],
    ),
    (
        lambda books: deposit_taken(books.head("d1"), "stripe", usd("50.00")),
        [("deposit_taken", ["cash/stripe 50.00", "deposits/A -50.00"])],
    ),
]


@pytest.mark.parametrize(("act", "expected"), MOVEMENTS)
def test_a_movement_posts_exactly_this(act: Callable[[Books], list[Entry]], expected: list[Told]) -> None:
    assert told(act(paid_books())) == expected


def test_a_write_off_posts_the_rest_of_its_invoice() -> None:
    books = Books()
    books.issue("i1", "100.00")
    books.pay("p1", "60.00", "i1")
    made = written_off(books.head("w1"), "i1", books.entries)
    assert told(made) == [("write_off", ["write_offs/ 40.00 i1", "receivable/A -40.00 i1"])]
    assert (made[0].kind, made[0].source_id, made[0].customer_id) == (EntryKind.WRITE_OFF, "w1", "A")
    assert (made[0].currency, made[0].reason) == ("USD", "because")


def test_a_deposit_belongs_to_its_customer() -> None:
    books = Books()
    books.post(deposit_taken(books.head("d1"), "stripe", usd("50.00")))
    applied = deposit_applied(books.head("a1"), [OpenItem("i1", usd("20.00"))], books.entries)
    assert told(applied) == [("deposit_applied", ["deposits/A 20.00", "receivable/A -20.00 i1 deposit/a1"])]
    returned = deposit_returned(books.head("b1"), "plaid", usd("50.00"), books.entries)
    assert told(returned) == [("deposit_returned", ["deposits/A 50.00", "cash/plaid -50.00"])]
    assert balance(books.entries, AccountKind.DEPOSITS, "A") == usd("-50.00")
    assert balance(books.entries, AccountKind.DEPOSITS, "B") == 0
    strange = [Entry(e.kind, e.source_id, "B", e.currency, e.at, e.postings) for e in books.entries]
    other = books.head("c1")
    with pytest.raises(DepositTooSmall):
        deposit_returned(type(other)("c1", "B", "USD", other.at), "plaid", usd("1.00"), strange)


def test_money_that_an_invoice_frees_can_be_taken_from_its_lot_again() -> None:
    where = Whereabouts("A", credit={"L1": Decimal(3)}, on_invoice={("I1", "L1"): Decimal(5), ("I1", "L2"): Decimal(2)})
    freed = where.free("I1")
    assert sum(posting.amount for posting in freed) == 0
    assert where.on("I1") == []
    taken, nowhere = where.take("L1", Decimal(10), any_credit=True)
    assert [(posting.lot_id, posting.amount) for posting in taken] == [("L1", Decimal(8)), ("L2", Decimal(2))]
    assert nowhere == 0
