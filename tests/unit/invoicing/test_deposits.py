"""A deposit is charged once and given back once; meanwhile it is owed, not earned, and never taxed (rule 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoicing.domain.charges import Charge, service_line
from invoicing.domain.credit_note import ledger_figures
from invoicing.domain.invoice import Invoice, drafted
from invoicing.domain.ledger import AccountKind
from invoicing.domain.ledger_credit import lots
from invoicing.domain.ledger_invoices import cancelled, issued, written_off
from invoicing.domain.lines import Line, LineKind, recomputed
from invoicing.domain.lost_deposits import lost_of, lost_postings, unpaid_deposits
from invoicing.domain.settings import TaxSettings
from support.billing import JANUARY_HEAD, SETTINGS
from unit.invoicing.books import Books

TAXED = replace(SETTINGS, tax=TaxSettings({"deposit": Decimal(10), "early_termination": Decimal(5)}))


def charged(amount: str, code: str | None = "deposit") -> Line:
    return service_line(Charge(f"{code}/{amount}", "C1", date(2025, 1, 9), "x", Decimal(1), Decimal(amount), code), 2)


def invoice(*lines: Line) -> Invoice:
    return drafted(JANUARY_HEAD, lines, TAXED)


def post(books: Books, invoice_id: str, made: Invoice) -> None:
    head = books.head(invoice_id)
    books.post(issued(head, ledger_figures(made, invoice_id), lots(books.entries, "A")))


def kept_and_earned(books: Books) -> tuple[str, str]:
    """The deposits owed to the customer, and the revenue."""
    return f"{-books.balance(AccountKind.DEPOSITS):.2f}", f"{-books.balance(AccountKind.REVENUE):.2f}"


def test_it_is_a_line_of_its_own_kind_and_bears_no_tax() -> None:
    deposit, fee = charged("500.00"), charged("120.00", "early_termination")
    assert (deposit.kind, deposit.tax_code, recomputed(deposit, 2)) == (LineKind.DEPOSIT, None, Decimal("500.00"))
    assert (fee.kind, fee.tax_code) == (LineKind.SERVICE, "early_termination")
    made = invoice(deposit, fee)
    assert [(tax.code, tax.amount) for tax in made.taxes if tax.amount] == [("early_termination", Decimal("6.00"))]
    assert made.total == Decimal("626.00")


def test_taken_it_is_a_liability_and_given_back_it_is_none() -> None:
    books = Books()
    post(books, "i1", invoice(charged("500.00"), charged("40.00", None)))
    assert kept_and_earned(books) == ("500.00", "40.00")
    books.pay("p1", "540.00", "i1")
    post(books, "i2", invoice(charged("-500.00"), charged("120.00", "early_termination")))
    assert kept_and_earned(books) == ("0.00", "160.00")
    assert (books.owed("i2"), books.credit()) == (Decimal(0), Decimal("374.00"))


def test_an_invoice_that_is_cancelled_took_no_deposit() -> None:
    books = Books()
    post(books, "i1", invoice(charged("500.00")))
    books.post(cancelled(books.head("cancel/i1"), "i1", books.entries))
    assert kept_and_earned(books) == ("0.00", "0.00")
    assert books.owed("i1") == Decimal(0)


def lose(books: Books, made: Invoice, *returned: str) -> dict[str, Decimal]:
    unpaid = unpaid_deposits(made.lines, books.owed("i1"), returned, 2)
    books.post(written_off(books.head("w1"), "i1", books.entries, lost_postings("A", "i1", unpaid)))
    return unpaid


def test_written_off_unpaid_it_is_neither_a_loss_nor_owed_back() -> None:
    """500 deposited and 300 earned: whoever pays 400 has paid the 300, and 100 of the deposit."""
    books, made = Books(), invoice(charged("500.00"), charged("300.00", None))
    post(books, "i1", made)
    books.pay("p1", "400.00", "i1")
    assert lose(books, made) == {"C1": Decimal("400.00")}
    assert (kept_and_earned(books), books.owed("i1")) == (("100.00", "300.00"), Decimal(0))
    assert books.balance(AccountKind.WRITE_OFFS) == 0
    assert lost_of(books.entries, "C1") == Decimal("400.00")
    assert lost_of(books.entries, "C2") == 0


def test_more_than_the_deposit_is_a_loss() -> None:
    books, made = Books(), invoice(charged("500.00"), charged("300.00", None))
    post(books, "i1", made)
    lose(books, made)
    assert kept_and_earned(books) == ("0.00", "300.00")
    assert books.balance(AccountKind.WRITE_OFFS) == Decimal("300.00")


def test_what_was_given_back_before_is_lost_whole() -> None:
    books, made = Books(), invoice(charged("500.00"))
    post(books, "i1", made)
    assert lose(books, made, "C1") == {}
    assert books.balance(AccountKind.WRITE_OFFS) == Decimal("500.00")


def test_deposits_of_several_contracts_share_what_is_given_up() -> None:
    lines = [replace(charged("100.00"), contract_id=name) for name in ("C1", "C2", "C3")]
    assert unpaid_deposits(lines, Decimal("100.00"), (), 2) == {
        "C1": Decimal("33.34"), "C2": Decimal("33.33"), "C3": Decimal("33.33"),
    }  # fmt: skip
    taken_and_returned = [charged("100.00"), charged("-100.00")]
    assert unpaid_deposits(taken_and_returned, Decimal("9.00"), (), 2) == {}
