"""From draft to issued, held and paid; credit; the one table of transitions (rules 7.1, 7.2, 7.5, 7.7)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from invoicing.domain.invoice import (
    TRANSITIONS,
    Invoice,
    InvoiceStatus,
    TransitionRefused,
    check_transition,
    drafted,
    moved,
    released,
)
from invoicing.domain.issue import issue, settle
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.settings import TaxSettings
from support.billing import JANUARY_HEAD as HEAD
from support.billing import SETTINGS


def draft(*amounts: str) -> Invoice:
    lines = tuple(Line(LineKind.SERVICE, Decimal(amount), "repair") for amount in amounts)
    return drafted(HEAD, lines, replace(SETTINGS, tax=TaxSettings({"repair": Decimal("8.25")})))


def test_totals_are_the_rounded_lines_and_their_tax() -> None:
    invoice = draft("10.10", "10.10", "10.10")
    assert [str(x) for x in (invoice.subtotal, invoice.tax, invoice.total)] == ["30.30", "2.50", "32.80"]


def test_inclusive_tax_leaves_the_total_at_the_subtotal() -> None:
    lines = (Line(LineKind.SERVICE, Decimal("108.25"), "repair"),)
    invoice = drafted(HEAD, lines, replace(SETTINGS, tax=TaxSettings({"repair": Decimal("8.25")}, inclusive=True)))
    assert [str(x) for x in (invoice.tax, invoice.total)] == ["8.25", "108.25"]


def test_credit_is_applied_after_tax() -> None:
    issued = issue(draft("100.00"), Decimal("8.25"))
    assert (issued.invoice.credit_applied, issued.invoice.amount_due, issued.credit) == (
        Decimal("8.25"),
        Decimal("100.00"),
        Decimal("0.00"),
    )
    assert issued.invoice.status is InvoiceStatus.ISSUED


def test_credit_that_covers_everything_pays_at_once_and_keeps_the_rest() -> None:
    issued = issue(draft("100.00"), Decimal("2000.00"))
    assert (issued.invoice.status, issued.invoice.amount_due, issued.credit) == (
        InvoiceStatus.PAID,
        Decimal("0.00"),
        Decimal("1891.75"),
    )


def test_an_invoice_without_an_amount_is_paid_at_once() -> None:
    issued = issue(draft(), Decimal("5.00"))
    assert (issued.invoice.status, str(issued.invoice.total), issued.credit) == (
        InvoiceStatus.PAID,
        "0.00",
        Decimal("5.00"),
    )


def test_a_negative_total_is_printed_and_becomes_credit() -> None:
    issued = issue(draft("-100.00"), Decimal("1.00"))
    assert [str(x) for x in (issued.invoice.total, issued.invoice.amount_due, issued.invoice.credit_applied)] == [
        "-108.25",
        "0.00",
        "0.00",
    ]
    assert (issued.invoice.status, issued.credit) == (InvoiceStatus.PAID, Decimal("109.25"))


def test_a_held_invoice_applies_no_credit_until_its_release_and_is_due_from_then() -> None:
    held = issue(draft("100.00"), Decimal("8.25"), held=True)
    assert (held.invoice.status, held.invoice.amount_due, held.credit) == (
        InvoiceStatus.HELD,
        Decimal("108.25"),
        Decimal("8.25"),
    )
    issued = settle(released(held.invoice, date(2025, 3, 10), 15), held.credit)
    assert (issued.invoice.head.due_on, issued.invoice.amount_due) == (date(2025, 3, 25), Decimal("100.00"))


def test_a_held_invoice_without_an_amount_stays_held() -> None:
    assert issue(draft(), Decimal(0), held=True).invoice.status is InvoiceStatus.HELD


@pytest.mark.parametrize(("current", "wanted"), list(product(InvoiceStatus, InvoiceStatus)))
def test_only_the_table_moves_an_invoice(current: InvoiceStatus, wanted: InvoiceStatus) -> None:
    if wanted in TRANSITIONS[current]:
        assert moved(replace(draft(), status=current), wanted).status is wanted
    else:
        with pytest.raises(TransitionRefused, match=f"is {current.value} cannot become {wanted.value}"):
            check_transition(current, wanted)


def test_the_table_is_that_of_the_rules() -> None:
    pairs = {(one.value, other.value) for one, others in TRANSITIONS.items() for other in others}
    assert pairs == {
        *(("draft", to) for to in ("issued", "held", "cancelled")),
        *(("held", to) for to in ("issued", "cancelled", "written_off")),
        *(("issued", to) for to in ("paid", "overdue", "cancelled", "written_off")),
        *(("overdue", to) for to in ("paid", "cancelled", "written_off")),
        *(("paid", to) for to in ("issued", "overdue")),
    }
