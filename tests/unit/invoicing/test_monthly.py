"""The monthly invoice: grouping, order, printed period, what makes one and what does not (rules 5, 7)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.errors import RuleBroken
from invoicing.domain.adjustment import Recomputed
from invoicing.domain.charges import Charge, due_charges
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.late_fee import LateInvoice
from invoicing.domain.monthly import Month, monthly_invoice, regenerated, skipped
from invoicing.domain.rated import Source
from invoicing.domain.settings import LateFee, LateFeeMode
from invoicing.domain.terms import ContractTerms, Plan
from invoicing.domain.usage import UnitUsage
from support.billing import JANUARY, SETTINGS, at, terms, used


def charge(on: date, price: str = "10", contract: str = "C1", quantity: str = "1") -> Charge:
    return Charge(f"{contract}/{on}/{price}", contract, on, "Repair", Decimal(quantity), Decimal(price), "repair")


def source(contract: ContractTerms, *usage: UnitUsage) -> Source:
    return Source(contract, JANUARY, usage)


def january(*sources: Source, **changes: Any) -> Invoice | None:
    late_fee = LateFee(LateFeeMode.FLAT, amount=Decimal(25))
    return monthly_invoice(Month("A", "USD", JANUARY, sources, **changes), replace(SETTINGS, late_fee=late_fee))


def test_contracts_come_in_their_order_each_with_its_own_lines() -> None:
    two = replace(terms(), contract_id="C2")
    again = (Recomputed("C1", "2024-12", (used_line(),)),)
    invoice = january(
        source(terms(), used("u1", 100)),
        source(two, used("u2", 100, contract_id="C2")),
        charges=[charge(date(2025, 1, 9), contract="C2"), charge(date(2025, 1, 9))],
        recomputed=again,
        late=[LateInvoice("3", date(2024, 12, 1), Decimal(5))],
    )
    assert invoice is not None
    assert [(line.contract_id, line.kind.value) for line in invoice.lines] == [
        ("C1", "energy"),
        ("C1", "service"),
        ("C1", "adjustment"),
        ("C2", "energy"),
        ("C2", "service"),
        (None, "late_fee"),
    ]


def used_line() -> Any:
    from support.billing import rated

    return rated(terms(), used("u1", 7)).lines[0]


def test_the_invoice_date_is_the_periods_end_and_due_days_are_calendar_days() -> None:
    invoice = january(source(terms(), used("u1", 100)))
    assert invoice is not None
    assert (invoice.head.issued_on, invoice.head.due_on) == (date(2025, 2, 1), date(2025, 2, 16))


def test_the_printed_period_runs_from_the_first_to_the_last_covered_day() -> None:
    early = terms(first_on=date(2025, 1, 5), last_on=date(2025, 1, 10))
    late = replace(terms(), contract_id="C2", first_on=date(2025, 1, 20), last_on=date(2025, 1, 25))
    invoice = january(source(early), source(late))
    assert invoice is not None
    assert (invoice.head.first_on, invoice.head.last_on) == (date(2025, 1, 5), date(2025, 1, 25))


def test_an_invoice_of_charges_alone_prints_the_whole_period() -> None:
    ended = terms(last_on=date(2024, 6, 30))
    invoice = january(source(ended), charges=[charge(date(2024, 7, 3))])
    assert invoice is not None
    assert (invoice.head.first_on, invoice.head.last_on) == (date(2025, 1, 1), date(2025, 1, 31))


def test_a_charge_waits_for_the_period_that_ends_after_its_date() -> None:
    charges = [
        charge(date(2025, 2, 1)),
        charge(date(2025, 1, 31)),
        charge(date(2024, 3, 1)),
        charge(date(2025, 1, 31), "9"),
    ]
    due = due_charges(charges, JANUARY)
    assert [(one.charged_on, str(one.unit_price)) for one in due] == [
        (date(2024, 3, 1), "10"),
        (date(2025, 1, 31), "10"),
        (date(2025, 1, 31), "9"),
    ]


def test_the_quantity_of_a_service_is_not_rounded() -> None:
    invoice = january(source(terms()), charges=[charge(date(2025, 1, 9), "95", quantity="3.33333")])
    assert invoice is not None
    assert (invoice.lines[0].quantity, str(invoice.lines[0].amount)) == (Decimal("3.33333"), "316.67")


@pytest.mark.parametrize(("field", "quantity", "price"), [("quantity", "-1", "5"), ("unit_price", "1", "NaN")])
def test_a_charge_that_cannot_be_is_refused(field: str, quantity: str, price: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        charge(date(2025, 1, 9), price, quantity=quantity)
    assert refused.value.field == field


def test_a_contract_in_force_makes_an_invoice_even_without_an_amount() -> None:
    invoice = january(source(terms()))
    assert invoice is not None
    assert invoice.lines == ()
    assert invoice.total == 0


def test_a_prepaid_contract_alone_makes_none_but_its_charges_do() -> None:
    prepaid = terms(plan=Plan.PREPAID)
    assert january(source(prepaid, used("u1", 100))) is None
    invoice = january(source(prepaid), charges=[charge(date(2025, 1, 9))])
    assert invoice is not None
    assert [line.kind.value for line in invoice.lines] == ["service"]


def test_a_late_fee_alone_makes_no_invoice() -> None:
    ended = source(terms(last_on=date(2024, 6, 30)))
    assert january(ended, late=[LateInvoice("3", date(2024, 7, 1), Decimal(5))]) is None


def test_unbilled_hours_of_a_unit_are_summed_over_contracts_and_rounded_once() -> None:
    third = Fraction(1, 3000)
    two = replace(terms(), contract_id="C2")
    invoice = january(
        source(terms(), used("u1", unbilled_hours=third)),
        source(two, used("u1", contract_id="C2", unbilled_hours=third)),
    )
    assert invoice is not None
    assert [(unit, str(hours)) for unit, hours in invoice.unbilled_hours] == [("u1", "0.001")]


def test_the_variance_is_that_of_the_whole_invoice() -> None:
    compared = {"compared_billed_kwh": Fraction(90), "compared_pdu_kwh": Fraction(100), "compared_hours": Fraction(1)}
    invoice = january(source(terms(), used("u1", 90, **compared), used("u2", 60)))
    assert invoice is not None
    assert invoice.variance is not None
    assert (str(invoice.variance.percent), invoice.variance.band.value) == ("-10.0000", "yellow")


def test_a_preview_is_the_invoice() -> None:
    month = Month("A", "USD", JANUARY, [source(terms(), used("u1", "12.3456"))], [charge(at(9).date())])
    assert monthly_invoice(month, SETTINGS) == monthly_invoice(month, SETTINGS)


def test_skip_existing_looks_at_every_invoice_but_the_cancelled() -> None:
    assert all(skipped([status]) is (status is not InvoiceStatus.CANCELLED) for status in InvoiceStatus)
    assert not skipped([])


def test_without_skipping_only_drafts_are_made_again() -> None:
    assert regenerated({status.value: status for status in InvoiceStatus}) == ["draft"]
