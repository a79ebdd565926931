"""Cents that other billing engines lost or found: tax in parts, drift, proration, corrections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.credit_note import ledger_figures, note_on
from invoicing.domain.invoice import Head, Invoice, drafted
from invoicing.domain.ledger_invoices import CreditNote, CreditNoteTooLarge
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.settings import BillingSettings, TaxSettings
from unit.invoicing.books import Books, usd
from unit.peers.bills import at, billed, case, channel, fixed, hosted, month, organization, result, steady, unit

HEAD = Head("A", "USD", "2025-01", date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 16))


def invoice_of(*amounts: Decimal, percent: str = "8.25", inclusive: bool = False) -> Invoice:
    lines = tuple(Line(LineKind.ENERGY, amount, "energy", contract_id="C1") for amount in amounts)
    tax = TaxSettings({"energy": Decimal(percent)}, inclusive=inclusive)
    return drafted(HEAD, lines, BillingSettings("UTC", 1, "USD", tax=tax))


@given(
    st.integers(1, 200_000).map(lambda count: Decimal(count).scaleb(-2)),
    st.lists(st.integers(1, 99), min_size=1, max_size=7),
    st.booleans(),
)
def test_credited_in_parts_is_credited_at_once(amount: Decimal, weights: list[int], inclusive: bool) -> None:
    """getlago/lago-api#2643, #4313, #4553: the tax of credit notes was off by a cent."""
    invoice = invoice_of(amount, inclusive=inclusive)
    cents = int(invoice.total * 100)
    parts = [cents * weight // sum(weights) for weight in weights]
    parts[0] += cents - sum(parts)
    notes: list[CreditNote] = []
    for part in filter(None, parts):
        notes.append(note_on(invoice, "i1", f"n{len(notes)}", Decimal(part).scaleb(-2), notes))
    assert sum((tax for note in notes for _, tax in note.tax), Decimal(0)) == invoice.tax
    assert sum((note.amount for note in notes), Decimal(0)) == invoice.total
    assert all(tax >= 0 for note in notes for _, tax in note.tax)


def test_credited_beyond_the_invoice_is_refused() -> None:
    """getlago/lago-api#4313: the parts of several notes together went beyond the invoice."""
    invoice = invoice_of(usd("100.00"))
    first = note_on(invoice, "i1", "n1", usd("108.25"), [])
    assert first.tax == (("energy", usd("8.25")),)
    with pytest.raises(CreditNoteTooLarge):
        note_on(invoice, "i1", "n2", usd("0.01"), [first])


def test_tax_is_computed_once_on_the_sum() -> None:
    """getlago/lago-api#2643: tax by line and tax on the sum differed by a cent."""
    assert invoice_of(usd("10.10"), usd("10.10"), usd("10.10")).tax == usd("2.50")


def test_an_invoice_and_the_ledger_agree_to_the_cent() -> None:
    """killbill/killbill#1124: a check compared unrounded with rounded amounts and failed."""
    invoice = invoice_of(usd("310.00"), usd("0.07"))
    books = Books()
    figures = ledger_figures(invoice, "i1")
    books.issue("i1", str(figures.total), tax=figures.tax)
    books.pay("p1", str(invoice.total), "i1")
    assert books.owed("i1") == 0
    assert books.credit() == 0


def test_the_units_of_a_line_sum_to_the_line() -> None:
    """useautumn/autumn#3407: parts that were rounded one by one drifted from the whole."""
    units = [unit(f"u{n}") for n in range(7)]
    reads = {
        f"p{n}": [["2024-12-31T17:00:00Z", "1000.000"], ["2025-02-03T04:00:00Z", f"{1100 + n}.00{n + 1}"]]
        for n in range(7)
    }
    document = case(
        organization(), [hosted()], units, channels=[channel(f"p{n}", f"u{n}") for n in range(7)], reads=reads
    )
    (line,) = billed(document, month("2025-01"))[0]["lines"]
    assert sum(Decimal(kwh) for kwh in line["units"].values()) == Decimal(line["kwh"])


@pytest.mark.parametrize(
    ("to", "total"),
    [("2025-01-01T00:00:01Z", "0.00"), ("2025-01-01T00:00:02Z", "0.01"), ("2025-01-02T00:00:00Z", "270.00")],
)
def test_a_period_of_a_second_is_prorated_and_not_a_division_by_zero(to: str, total: str) -> None:
    """openmeterio/openmeter#4364, #2837: a proration of no length, and one longer than the period."""
    document = case(organization(), [fixed("8370.00")], [unit("u1", ("C1", "2025-01-01T00:00:00Z", to))])
    assert billed(document, month("2025-01"))[0]["total"] == total


def test_a_credit_is_corrected_by_a_further_entry() -> None:
    """openmeterio/openmeter#4363: corrections of credits went wrong."""
    books = Books()
    books.grant("g1", "50.00")
    books.issue("i1", "20.00")
    before = len(books.entries)
    books.grant("g2", "5.00")
    assert len(books.entries) == before + 1
    assert books.credit() == usd("35.00")


def test_a_change_of_contract_within_the_month_bills_each_kwh_once_and_keeps_the_credit() -> None:
    """polarsource/polar#9090, #9037: a change of plan billed usage twice and reset credits."""
    spans = (("C1", "2025-01-01T00:00:00Z", "2025-01-11T07:30:00Z"), ("C2", "2025-01-11T07:30:00Z", None))
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))}
    document = case(
        organization(),
        [hosted("C1"), hosted("C2", rate_per_kwh="0.072")],
        [unit("u1", *spans)],
        channels=[channel("p1", "u1")],
        reads=reads,
    )
    document["customers"]["A"]["credit"] = "1000.00"
    whole = result(document, month("2025-01"))
    (invoice,) = whole["invoices"]
    assert sum(Decimal(line["kwh"]) for line in invoice["lines"]) == Decimal("2232.000")
    assert Decimal(whole["customers"]["A"]["credit"]) == 1000 - Decimal(invoice["total"])


def test_a_change_of_rate_within_the_month_bills_each_kwh_once() -> None:
    """polarsource/polar#9090, by amendment: the line splits at the instant."""
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))}
    changed = hosted(rates=[["2025-01-11T07:30:00Z", "0.08"]])
    document = case(organization(), [changed], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    (invoice,) = billed(document, month("2025-01"))
    assert [line["kwh"] for line in invoice["lines"]] == ["742.500", "1489.500"]


def test_what_ran_before_the_contract_is_not_billed() -> None:
    """polarsource/polar#11046: usage of the trial was billed."""
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))}
    late = hosted(start="2025-01-22")
    document = case(organization(), [late], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    (invoice,) = billed(document, month("2025-01"))
    assert invoice["lines"][0]["kwh"] == "720.000"


def test_a_register_goes_on_and_each_month_bills_its_own_part() -> None:
    """polarsource/polar#6625, #6779: the meter was not reset at the turn of the period, or the amount was 0."""
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-04-01T00:00:00Z"))}
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    invoices = billed(document, *(month(f"2025-0{n}") for n in (1, 2, 3)))
    assert [invoice["lines"][0]["kwh"] for invoice in invoices] == ["2232.000", "2016.000", "2232.000"]


def test_time_that_nothing_can_be_billed_for_is_listed() -> None:
    """getlago/lago#637: events were accepted and silently never counted."""
    reads = {"p1": [["2025-01-01T00:00:00Z", "1000.000"], ["2025-01-11T00:00:00Z", "1720.000"]]}
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    (invoice,) = billed(document, month("2025-01"))
    assert invoice["unbilled_hours"] == {"u1": "504"}


def test_evidence_that_comes_after_a_contract_ended_is_still_billed() -> None:
    """openmeterio/openmeter#3131: late events of a customer who had left were lost."""
    reads = steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))
    document = case(
        organization(),
        [hosted(end="2025-01-31")],
        [unit("u1")],
        channels=[channel("p1", "u1")],
        reads={"p1": reads[:1]},
    )
    invoices = billed(document, month("2025-01"), {"reads": {"p1": reads[1:]}}, month("2025-02"), month("2025-03"))
    assert [invoice["total"] for invoice in invoices] == ["0.00", "167.40"]
    assert [line["kind"] for line in invoices[1]["lines"]] == ["adjustment"]


def test_a_past_read_that_changes_is_billed_as_the_difference_of_whole_lines() -> None:
    """getlago/lago#105, flexprice/flexprice#605: asked for, late or corrected events of a billed period."""
    reads = [
        ["2025-01-01T00:00:00Z", "1000.000"],
        ["2025-02-01T00:00:00Z", "3551.434"],
        ["2025-03-01T00:00:00Z", "6000.000"],
    ]
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads={"p1": reads})
    late = {"reads": {"p1": [["2025-02-01T00:00:00Z", "3548.994"]]}}
    january, february = billed(document, month("2025-01"), late, month("2025-02"))
    assert january["total"] == "191.36"
    assert [line["amount"] for line in february["lines"]] == ["183.83", "-0.19"]
