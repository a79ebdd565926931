"""The tax inside credit notes, and what the ledger posts of an invoice (rules 7.3 and 8)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.domain.credit_note import ledger_figures, note_on
from invoicing.domain.invoice import Invoice, drafted
from invoicing.domain.ledger_invoices import CreditNote, CreditNoteTooLarge, IssuedFigures
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.settings import TaxSettings
from support.billing import JANUARY_HEAD, SETTINGS

TAXED = replace(SETTINGS, tax=TaxSettings({"energy": Decimal("8.25"), "repair": Decimal("5")}))


def line(amount: str, code: str | None = "energy", kind: LineKind = LineKind.SERVICE, kwh: str | None = None) -> Line:
    quantity = None if kwh is None else Decimal(kwh)
    return Line(kind=kind, amount=Decimal(amount), tax_code=code, contract_id="C1", kwh=quantity)


def invoice(*lines: Line) -> Invoice:
    return drafted(JANUARY_HEAD, lines, TAXED)


def notes(of: Invoice, *parts: str) -> list[CreditNote]:
    made: list[CreditNote] = []
    for number, amount in enumerate(parts, start=1):
        made.append(note_on(of, "i1", f"n{number}", Decimal(amount), made))
    return made


def test_a_note_belongs_to_its_invoice_and_carries_the_tax_of_each_code_by_its_share() -> None:
    bill = invoice(line("100.00"), line("40.00", "repair"))
    (half,) = notes(bill, "75.12")
    assert (half.note_id, half.invoice_id, half.amount) == ("n1", "i1", Decimal("75.12"))
    assert dict(half.tax) == {"energy": Decimal("4.12"), "repair": Decimal("1.00")}


def test_credited_in_any_parts_the_whole_gives_back_the_whole_tax() -> None:
    bill = invoice(line("33.33"), line("10.10", "repair"))
    parts = notes(bill, "10.00", "20.01", str(bill.total - Decimal("30.01")))
    for tax in bill.taxes:
        assert sum(amount for note in parts for code, amount in note.tax if code == tax.code) == tax.amount


def test_no_more_than_the_invoice_is_credited() -> None:
    bill = invoice(line("100.00"))
    first = notes(bill, "100.00")
    with pytest.raises(CreditNoteTooLarge) as refused:
        note_on(bill, "i1", "n2", Decimal("8.26"), first)
    assert (refused.value.field, refused.value.remedy) == ("amount", "at most 8.25")
    assert note_on(bill, "i1", "n2", Decimal("8.25"), first).amount == Decimal("8.25")


def test_the_ledger_sees_total_taxes_late_fees_and_the_prepayment_that_is_returned() -> None:
    bill = invoice(
        line("479.82", kind=LineKind.PREPAYMENT, kwh="5215.440"),
        line("-479.82", kind=LineKind.PREPAYMENT),
        line("10.00", "late_fee", LineKind.LATE_FEE),
        line("100.00"),
    )
    assert ledger_figures(bill, "i1", Decimal("7.00")) == IssuedFigures(
        invoice_id="i1",
        total=Decimal("118.25"),
        tax=(("energy", Decimal("8.25")),),
        late_fees=Decimal("10.00"),
        held=Decimal("7.00"),
        released=Decimal("479.82"),
    )
    assert ledger_figures(invoice(line("1.00", None)), "i2") == IssuedFigures("i2", Decimal("1.00"))
