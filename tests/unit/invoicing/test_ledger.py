"""Each movement of money as an entry: issue, credit, payment, reversal, cancel, write-off (rules 6.2, 7.5, 7.7, 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from invoicing.domain.invoice import InvoiceStatus
from invoicing.domain.ledger import (
    Account,
    AccountKind,
    AmountNotPositive,
    AmountTooFine,
    Entry,
    EntryKind,
    EntryNotBalanced,
    Posting,
)
from invoicing.domain.ledger_credit import CreditTooSmall, ReasonMissing, granted, lots, lowered, paid_out
from invoicing.domain.ledger_invoices import (
    AlreadyCancelled,
    CreditNote,
    CreditNoteTooLarge,
    NothingOwed,
    cancelled,
    credited,
    written_off,
)
from invoicing.domain.ledger_payments import (
    DepositTooSmall,
    MoreThanPaid,
    OpenItem,
    OpenItemRepeated,
    deposit_applied,
    deposit_returned,
    deposit_taken,
    dispute_opened,
    dispute_won,
    fee_taken,
    kept,
    paid,
    recovered,
    refunded,
    reversed_payment,
    started,
    stopped,
)
from invoicing.domain.money_state import MoneyState, Standing, invoice_money, status_of
from unit.invoicing.books import Books, usd

DUE, NIL = usd("1370.14"), usd("0")
REVENUE, TAX, CASH = AccountKind.REVENUE, AccountKind.TAX, AccountKind.CASH


@pytest.fixture
def books() -> Books:
    return Books()


def test_an_entry_that_does_not_sum_to_zero_or_moves_nothing_is_refused() -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    one = Posting(Account(CASH, "stripe"), Decimal("1.00"))
    for postings in ((one,), ()):
        with pytest.raises(EntryNotBalanced):
            Entry(EntryKind.PAYMENT, "p", "A", "USD", at, postings)
    fine = Posting(Account(CASH, "stripe"), Decimal("0.001"))
    with pytest.raises(AmountTooFine):
        Entry(EntryKind.PAYMENT, "p", "A", "USD", at, (fine, replace(fine, amount=-fine.amount)))
    with pytest.raises(AmountTooFine):
        Entry(EntryKind.PAYMENT, "p", "A", "JPY", at, (replace(one, amount=Decimal("0.5")),))


def test_an_invoice_is_a_claim_against_revenue_and_tax(books: Books) -> None:
    books.issue("i1", "1570.14", tax=(("service", usd("25.58")),))
    assert books.owed("i1") == usd("1570.14")
    assert books.balance(REVENUE) == usd("-1544.56")
    assert books.balance(TAX) == usd("-25.58")


def test_credit_is_applied_after_tax_and_the_rest_stays(books: Books) -> None:
    books.grant("g1", "2000.00")
    books.issue("i1", "1570.14", tax=(("service", usd("25.58")),))
    assert books.owed("i1") == 0
    assert books.credit() == usd("429.86")


def test_the_oldest_credit_is_used_first_and_at_most_what_is_due(books: Books) -> None:
    for lot, amount in (("g1", "30.00"), ("g2", "50.00"), ("g3", "20.00")):
        books.grant(lot, amount)
    books.issue("i1", "60.00")
    assert books.lots() == [("g2", usd("20.00")), ("g3", usd("20.00"))]
    books.issue("i2", "100.00")
    assert books.owed("i2") == usd("60.00")
    assert books.credit() == 0


def test_a_negative_total_becomes_credit(books: Books) -> None:
    books.issue("i1", "-12.34")
    assert books.owed("i1") == 0
    assert books.lots() == [("invoice/i1", usd("12.34"))]


def test_an_invoice_without_an_amount_moves_nothing(books: Books) -> None:
    assert books.issue("i1", "0.00") == []


def test_a_prepayment_is_held_as_a_liability_and_applied_at_the_end(books: Books) -> None:
    books.issue("first", "4110.60", held=usd("2055.30"))
    assert books.balance(AccountKind.PREPAYMENTS) == usd("-2055.30")
    assert books.balance(REVENUE) == usd("-2055.30")
    books.issue("last", "0.00", released=usd("2055.30"))
    assert books.balance(AccountKind.PREPAYMENTS) == 0
    assert books.balance(REVENUE) == usd("-4110.60")


def test_late_fees_are_revenue_of_their_own(books: Books) -> None:
    books.issue("i1", "125.00", late_fees=usd("25.00"))
    assert books.balance(AccountKind.LATE_FEE_REVENUE) == usd("-25.00")
    assert books.balance(REVENUE) == usd("-100.00")


def test_too_little_leaves_a_balance_and_too_much_becomes_credit(books: Books) -> None:
    books.issue("i1", "1370.14")
    books.pay("p1", "1300.00", "i1")
    assert books.owed("i1") == usd("70.14")
    assert MoneyState.PART_PAID in invoice_money(books.entries, "A", "i1").states
    books.issue("i2", "1370.14")
    books.pay("p2", "1400.00", "i2")
    assert books.owed("i2") == 0
    assert books.lots() == [("payment/p2", usd("29.86"))]


def test_a_payment_settles_invoices_in_their_order(books: Books) -> None:
    books.issue("i1", "100.00")
    books.issue("i2", "100.00")
    books.pay("p1", "150.00", "i1", "i2")
    assert (books.owed("i1"), books.owed("i2")) == (NIL, usd("50.00"))


def test_an_invoice_twice_among_those_to_settle_is_refused(books: Books) -> None:
    item = OpenItem("i1", usd("10.00"))
    with pytest.raises(OpenItemRepeated):
        paid(books.head("p1"), "stripe", usd("10.00"), [item, item])


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
def test_nothing_and_less_than_nothing_do_not_move(books: Books, amount: str) -> None:
    with pytest.raises(AmountNotPositive):
        paid(books.head("p1"), "stripe", usd(amount), [])
    with pytest.raises(AmountNotPositive):
        granted(books.head("g1"), usd(amount))


def test_a_fee_lowers_the_cash_and_not_the_payment(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.post(fee_taken(books.head("f1"), "stripe", usd("2.99")))
    assert books.owed("i1") == 0
    assert books.balance(CASH) == usd("97.01")
    assert books.balance(AccountKind.PROCESSING_FEES) == usd("2.99")


def test_a_reversed_payment_is_a_new_entry_and_the_invoice_is_owed_again(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    before = list(books.entries)
    books.post(reversed_payment(books.head("r1"), "p1", usd("100.00"), books.entries))
    assert books.entries[: len(before)] == before
    assert books.owed("i1") == usd("100.00")
    assert books.balance(CASH) == 0


def test_a_reversal_takes_the_surplus_first_then_the_latest_invoice(books: Books) -> None:
    books.issue("i1", "100.00")
    books.issue("i2", "100.00")
    books.pay("p1", "230.00", "i1", "i2")
    books.post(reversed_payment(books.head("r1"), "p1", usd("50.00"), books.entries))
    assert books.credit() == 0
    assert (books.owed("i1"), books.owed("i2")) == (NIL, usd("20.00"))


def test_a_reversal_follows_a_surplus_that_was_used_as_credit_elsewhere(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "130.00", "i1")
    books.issue("i2", "30.00")
    assert books.owed("i2") == 0
    books.post(reversed_payment(books.head("r1"), "p1", usd("130.00"), books.entries))
    assert (books.owed("i1"), books.owed("i2"), books.owed(None)) == (usd("100.00"), usd("30.00"), NIL)


def test_a_reversal_of_money_that_was_paid_out_is_owed_outside_invoices(books: Books) -> None:
    books.pay("p1", "50.00")
    books.post(paid_out(books.head("o1"), usd("50.00"), lots(books.entries, "A"), "stripe"))
    books.post(reversed_payment(books.head("r1"), "p1", usd("50.00"), books.entries))
    assert books.owed(None) == usd("50.00")
    assert books.credit() == 0
    books.post(paid(books.head("p2"), "stripe", usd("60.00"), [OpenItem(None, books.owed(None))]))
    assert (books.owed(None), books.credit()) == (NIL, usd("10.00"))


def test_more_than_a_payment_brought_is_never_returned(books: Books) -> None:
    books.pay("p1", "50.00")
    books.post(reversed_payment(books.head("r1"), "p1", usd("30.00"), books.entries))
    assert kept(books.entries, "p1") == usd("20.00")
    for act in (reversed_payment, refunded):
        with pytest.raises(MoreThanPaid):
            act(books.head("r2"), "p1", usd("20.01"), books.entries)
    with pytest.raises(MoreThanPaid):
        refunded(books.head("r2"), "p9", usd("1.00"), books.entries)


def test_a_refund_takes_the_customers_credit_before_any_invoice(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.post(credited(books.head("n1"), CreditNote("n1", "i1", usd("30.00")), books.entries))
    books.post(refunded(books.head("r1"), "p1", usd("30.00"), books.entries))
    assert (books.owed("i1"), books.credit()) == (NIL, NIL)
    assert MoneyState.REFUNDED not in invoice_money(books.entries, "A", "i1").states
    books.post(refunded(books.head("r2"), "p1", usd("10.00"), books.entries))
    assert books.owed("i1") == usd("10.00")
    assert MoneyState.REFUNDED in invoice_money(books.entries, "A", "i1").states


def test_a_dispute_holds_cash_back_and_pays_nothing_until_it_is_lost(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.post(dispute_opened(books.head("d1"), "p1", usd("100.00"), books.entries))
    assert (books.owed("i1"), books.balance(CASH)) == (NIL, NIL)
    assert MoneyState.DISPUTED in invoice_money(books.entries, "A", "i1").states
    with pytest.raises(MoreThanPaid):
        dispute_opened(books.head("d2"), "p1", usd("1.00"), books.entries)
    lost = books.post(reversed_payment(books.head("r1"), "p1", usd("100.00"), books.entries))
    assert books.owed("i1") == usd("100.00")
    assert books.balance(AccountKind.DISPUTED_CASH) == 0
    assert all(posting.account.kind is not CASH for posting in lost[0].postings)


def test_a_dispute_that_is_won_frees_the_cash(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.post(dispute_opened(books.head("d1"), "p1", usd("100.00"), books.entries))
    books.post(dispute_won(books.head("w1"), "p1", books.entries))
    assert books.balance(CASH) == usd("100.00")
    assert invoice_money(books.entries, "A", "i1").states == frozenset()


def test_a_payment_in_flight_shows_and_pays_nothing(books: Books) -> None:
    books.issue("i1", "100.00")
    items = [OpenItem("i1", usd("100.00"))]
    books.post(started(books.head("p1"), "plaid", items))
    assert invoice_money(books.entries, "A", "i1").states == {MoneyState.PROCESSING}
    assert books.owed("i1") == usd("100.00")
    books.post(stopped(books.head("p1"), "plaid", items))
    assert invoice_money(books.entries, "A", "i1").states == frozenset()
    assert books.balance(AccountKind.IN_FLIGHT) == 0


def test_recovered_hashrate_settles_like_a_payment(books: Books) -> None:
    books.issue("i1", "1370.14")
    books.post(recovered(books.head("r1"), usd("528.12"), [OpenItem("i1", DUE)]))
    assert books.owed("i1") == usd("842.02")
    assert books.balance(AccountKind.RECOVERED_HASHRATE) == usd("528.12")


def test_a_cancelled_invoice_leaves_no_revenue_and_gives_the_money_back_as_credit(books: Books) -> None:
    books.grant("g1", "40.00")
    books.issue("i1", "108.25", tax=(("energy", usd("8.25")),), held=usd("50.00"))
    books.pay("p1", "68.25", "i1")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    for kind in (REVENUE, TAX, AccountKind.PREPAYMENTS, AccountKind.RECEIVABLE):
        assert books.balance(kind) == 0
    assert books.lots() == [("g1", usd("40.00")), ("payment/p1", usd("68.25"))]
    with pytest.raises(AlreadyCancelled):
        cancelled(books.head("c2"), "i1", books.entries)


def test_cancelling_and_billing_again_with_the_same_figures_nets_to_nothing(books: Books) -> None:
    books.grant("g1", "40.00")
    books.issue("i1", "100.00")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    books.issue("i2", "100.00")
    assert books.owed("i2") == usd("60.00")
    assert books.balance(REVENUE) == usd("-100.00")


def test_cancelling_takes_back_the_credit_that_the_invoice_itself_gave(books: Books) -> None:
    books.issue("i1", "-30.00")
    books.issue("i2", "50.00")
    assert books.owed("i2") == usd("20.00")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    assert (books.owed("i2"), books.credit(), books.owed(None)) == (usd("50.00"), NIL, NIL)


def test_a_payment_of_a_cancelled_invoice_may_still_be_reversed(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    books.post(reversed_payment(books.head("r1"), "p1", usd("100.00"), books.entries))
    assert (books.owed("i1"), books.credit(), books.owed(None)) == (NIL, NIL, NIL)


def test_a_credit_note_lowers_what_is_open_and_the_rest_becomes_credit(books: Books) -> None:
    books.issue("i1", "108.25", tax=(("energy", usd("8.25")),))
    books.pay("p1", "100.00", "i1")
    note = CreditNote("n1", "i1", usd("21.65"), (("energy", usd("1.65")),))
    books.post(credited(books.head("n1"), note, books.entries))
    assert books.owed("i1") == 0
    assert books.lots() == [("credit_note/n1", usd("13.40"))]
    assert (books.balance(TAX), books.balance(REVENUE)) == (usd("-6.60"), usd("-80.00"))
    with pytest.raises(CreditNoteTooLarge):
        credited(books.head("n2"), CreditNote("n2", "i1", usd("86.61")), books.entries)


def test_a_write_off_takes_the_open_balance_only(books: Books) -> None:
    books.issue("i1", "100.00")
    books.pay("p1", "40.00", "i1")
    books.post(written_off(books.head("w1"), "i1", books.entries))
    assert books.owed("i1") == 0
    assert books.balance(AccountKind.WRITE_OFFS) == usd("60.00")
    with pytest.raises(NothingOwed):
        written_off(books.head("w2"), "i1", books.entries)


def test_credit_by_hand_needs_a_reason_and_never_falls_below_zero(books: Books) -> None:
    with pytest.raises(ReasonMissing):
        granted(books.head("g1", " "), usd("10.00"))
    books.grant("g1", "10.00")
    with pytest.raises(CreditTooSmall):
        lowered(books.head("l1"), usd("10.01"), lots(books.entries, "A"))
    with pytest.raises(CreditTooSmall):
        paid_out(books.head("l1"), usd("10.01"), lots(books.entries, "A"), "stripe")
    books.post(lowered(books.head("l1"), usd("4.00"), lots(books.entries, "A")))
    assert books.credit() == usd("6.00")
    assert books.balance(AccountKind.CREDITS_GRANTED) == usd("6.00")


def test_a_deposit_is_a_liability_until_returned_or_applied(books: Books) -> None:
    books.post(deposit_taken(books.head("d1"), "stripe", usd("766.50")))
    assert books.balance(AccountKind.DEPOSITS) == usd("-766.50")
    books.issue("i1", "100.00")
    books.post(deposit_applied(books.head("a1"), [OpenItem("i1", usd("100.00"))], books.entries))
    assert (books.owed("i1"), books.credit()) == (NIL, NIL)
    with pytest.raises(DepositTooSmall):
        deposit_returned(books.head("r1"), "stripe", usd("666.51"), books.entries)
    books.post(deposit_returned(books.head("r1"), "stripe", usd("666.50"), books.entries))
    assert books.balance(AccountKind.DEPOSITS) == 0
    assert books.balance(CASH) == usd("100.00")


@pytest.mark.parametrize(
    ("standing", "open_amount", "status"),
    [
        (Standing(numbered=False), "100", "draft"),
        (Standing(numbered=True, due_on=date(2025, 3, 2)), "100", "issued"),
        (Standing(numbered=True, due_on=date(2025, 3, 1)), "100", "overdue"),
        (Standing(numbered=True, due_on=date(2025, 3, 1)), "0", "paid"),
        (Standing(numbered=True, held=True, due_on=date(2025, 3, 1)), "100", "held"),
        (Standing(numbered=True, cancelled=True), "0", "cancelled"),
        (Standing(numbered=True, written_off=True, due_on=date(2025, 3, 1)), "0", "written_off"),
    ],
)
def test_the_status_follows_from_balance_hold_cancel_write_off_and_the_day(
    standing: Standing, open_amount: str, status: str
) -> None:
    assert status_of(standing, usd(open_amount), date(2025, 3, 2)) == InvoiceStatus(status)
