"""What the first invoice of a batch settles, and which older cycles a later one looks at again (rules 6.1 to 6.4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from invoicing.domain.cycle_invoice import CycleBill, cycle_invoice
from invoicing.domain.cycles import Invoiced, PrepaidUnit, batches_of
from invoicing.domain.prepayment import held_amount, held_line
from invoicing.domain.terms import ContractTerms, Plan, PrepaidTerms
from support.billing import SETTINGS, at, terms

FIRST = date(2025, 1, 10)


def _terms() -> ContractTerms:
    return terms(plan=Plan.PREPAID, prepaid=PrepaidTerms(), first_on=FIRST)


def _unit(name: str, operational_on: date | None = FIRST) -> PrepaidUnit:
    return PrepaidUnit(name, Fraction(3500), at(10), None, operational_on)


def test_units_whose_first_invoice_is_out_keep_its_first_day() -> None:
    (batch,) = batches_of(_terms(), [_unit("A", date(2025, 1, 20))], [Invoiced(FIRST, 1, frozenset({"A"}))])
    assert (batch.first_on, batch.part, batch.key) == (FIRST, 1, "C1/2025-01-10")


def test_units_that_come_later_on_the_same_day_are_a_further_part_with_cycles_of_their_own() -> None:
    units = [_unit("A"), _unit("B"), _unit("C"), _unit("D", date(2025, 1, 20))]
    invoiced = [Invoiced(FIRST, 1, frozenset({"A"})), Invoiced(FIRST, 2, frozenset({"B"}))]
    batches = batches_of(_terms(), units, invoiced)
    assert [(b.cycle_key(1), [m.unit_id for m in b.members]) for b in batches] == [
        ("C1/2025-01-10/1", ["A"]),
        ("C1/2025-01-10.2/1", ["B"]),
        ("C1/2025-01-10.3/1", ["C"]),
        ("C1/2025-01-20/1", ["D"]),
    ]


def test_the_amount_held_is_that_of_the_last_cycles_line_alone() -> None:
    (batch,) = batches_of(_terms(), [_unit("A")])
    first = cycle_invoice(CycleBill(batch, 1), SETTINGS)
    line = held_line(batch)
    assert first is not None
    assert line is not None
    assert held_amount(first.lines) == line.amount == Decimal("195.30")
    second = cycle_invoice(CycleBill(batch, 2), SETTINGS)
    assert second is not None
    assert held_amount(second.lines) == 0


def test_of_the_older_cycles_only_the_changed_ones_are_looked_at_again() -> None:
    (batch,) = batches_of(_terms(), [_unit("A")])
    posted = {batch.cycle_key(n): Decimal("-10.00") for n in (1, 2, 3)}
    every = cycle_invoice(CycleBill(batch, 5, posted=posted), SETTINGS)
    changed = cycle_invoice(CycleBill(batch, 5, posted=posted, changed=frozenset({1})), SETTINGS)
    none = cycle_invoice(CycleBill(batch, 5, posted=posted, changed=frozenset()), SETTINGS)
    assert every is not None
    assert changed is not None
    assert none is not None
    assert [[li.refers_to for li in i.lines if li.refers_to] for i in (every, changed, none)] == [
        [batch.cycle_key(n) for n in (1, 2, 3)],
        [batch.cycle_key(n) for n in (1, 3)],
        [batch.cycle_key(3)],
    ]
