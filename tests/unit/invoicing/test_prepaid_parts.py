"""Units that come when their batch is invoiced already, and what a prepayment line prints (rules 6.1 and 6.2)."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain import terms_check
from invoicing.domain.cycles import Batch, Invoiced, batches_of
from invoicing.domain.terms_check import TermsRefused
from support.billing import at
from unit.invoicing.test_prepaid import START, batch, bill, contract, unit

LATER = date(2025, 2, 3)


def shape(batches: list[Batch]) -> list[tuple[str, list[str]]]:
    return [(one.key, [member.unit_id for member in one.members]) for one in batches]


def test_a_unit_that_comes_when_the_first_invoice_of_its_day_is_out_is_a_further_part() -> None:
    units = [unit("new"), unit("old"), unit("later", on=LATER)]
    out = [Invoiced(START, 1, frozenset({"old"}))]
    assert shape(batches_of(contract(), units, out)) == [
        ("C1/2025-01-20", ["old"]),
        ("C1/2025-01-20.2", ["new"]),
        ("C1/2025-02-03", ["later"]),
    ]


def test_a_further_part_follows_the_highest_that_is_out() -> None:
    units = [unit("a"), unit("b"), unit("c"), unit("d")]
    out = [Invoiced(START, 2, frozenset({"b"})), Invoiced(START, 1, frozenset({"a"}))]
    assert shape(batches_of(contract(), units, out)) == [
        ("C1/2025-01-20", ["a"]),
        ("C1/2025-01-20.2", ["b"]),
        ("C1/2025-01-20.3", ["c", "d"]),
    ]


def test_a_unit_keeps_the_first_day_of_its_first_invoice_though_it_ran_later() -> None:
    out = [Invoiced(START, 1, frozenset({"u1"}))]
    assert shape(batches_of(contract(), [unit("u1", on=LATER)], out)) == [("C1/2025-01-20", ["u1"])]


def test_a_unit_that_was_never_on_the_contract_leaves_the_others_where_they_are() -> None:
    ended = contract(first_on=date(2025, 2, 1))
    units = [unit("gone", to_at=at(25)), unit("here", on=LATER)]
    assert shape(batches_of(ended, units)) == [("C1/2025-02-03", ["here"])]


def test_a_prepayment_prints_the_energy_of_the_nameplate_its_rate_and_each_units_part() -> None:
    first, held = bill(batch(contract(), unit("u1"), unit("u2", watts=1000)), 1)
    for line in (first, held):
        assert (line.kwh, line.rate, line.amount) == (Decimal("3162.000"), Decimal("0.085"), Decimal("268.77"))
        assert line.units == (("u1", Decimal("2418.000")), ("u2", Decimal("744.000")))


@pytest.mark.parametrize("amount", ["-0.01", "1000000000000000000.01", "0.001", "NaN"])
def test_an_amount_that_no_invoice_holds_is_refused(amount: str) -> None:
    with pytest.raises(TermsRefused) as refused:
        terms_check.money_amount("fee", Decimal(amount), "USD")
    assert refused.value.field == "fee"


def test_the_largest_amounts_are_accepted() -> None:
    terms_check.money_amount("fee", Decimal(10) ** 18, "USD")
    terms_check.money_amount("fee", -(Decimal(10) ** 18), "USD", negative=True)
    with pytest.raises(TermsRefused):
        terms_check.money_amount("fee", -(Decimal(10) ** 18) - 1, "USD", negative=True)
