"""The prepaid plan: batches, cycles, prepayments, gate (rules 6.1 to 6.3)."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoicing.domain.cycle_invoice import CycleBill, cycle_invoice
from invoicing.domain.cycles import Batch, PrepaidUnit, batches_of
from invoicing.domain.late_fee import LateInvoice
from invoicing.domain.lines import Line
from invoicing.domain.prepayment import held_shares, released_units
from invoicing.domain.settings import LateFee, LateFeeMode
from invoicing.domain.terms import ContractTerms, CycleKind, Plan, PrepaidTerms
from support.billing import SETTINGS, amounts, at, rates, terms

START = date(2025, 1, 20)


def contract(cycle: CycleKind = CycleKind.FIXED_31D, **changes: Any) -> ContractTerms:
    values = {"plan": Plan.PREPAID, "first_on": START, "rates": rates((at(20), "0.085"))}
    return terms(**(values | {"prepaid": PrepaidTerms(cycle)} | changes))


def unit(unit_id: str, watts: int = 3250, to_at: datetime | None = None, on: date | None = START) -> PrepaidUnit:
    return PrepaidUnit(unit_id, Fraction(watts), at(20), to_at, on)


def batch(terms: ContractTerms, *units: PrepaidUnit) -> Batch:
    (only,) = batches_of(terms, units)
    return only


def bill(of: Batch, number: int, **more: Any) -> tuple[Line, ...]:
    invoice = cycle_invoice(CycleBill(of, number, **more), SETTINGS)
    return () if invoice is None else invoice.lines


def test_fixed_cycles_are_blocks_of_31_days() -> None:
    cycles = [batch(contract(), unit("u1")).cycle(n) for n in (1, 2, 3, 12, 13)]
    assert [(c.first_on, c.last_on) for c in cycles] == [
        (date(2025, 1, 20), date(2025, 2, 19)),
        (date(2025, 2, 20), date(2025, 3, 22)),
        (date(2025, 3, 23), date(2025, 4, 22)),
        (date(2025, 12, 27), date(2026, 1, 26)),
        (date(2026, 1, 27), date(2026, 2, 26)),
    ]


def test_anchored_months_are_clamped_from_the_first_day_and_charged_as_31_days() -> None:
    anchored = batch(contract(CycleKind.ANCHORED_MONTH, first_on=date(2025, 1, 31)), unit("u1", on=date(2025, 1, 31)))
    assert [anchored.cycle(n).first_on for n in (1, 2, 3)] == [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)]
    assert amounts(bill(anchored, 2)) == ["205.53"]


def test_the_first_invoice_is_the_first_and_the_last_cycle() -> None:
    ten = batch(contract(), *(unit(f"u{i}") for i in range(10)))
    assert amounts(bill(ten, 1)) == ["2055.30", "2055.30"]
    assert amounts(bill(ten, 2)) == ["2055.30"]


def test_a_cycle_is_due_on_its_first_day_and_issued_due_days_before() -> None:
    invoice = cycle_invoice(CycleBill(batch(contract(), unit("u1")), 2), SETTINGS)
    assert invoice is not None
    assert (invoice.head.issued_on, invoice.head.due_on) == (date(2025, 2, 5), date(2025, 2, 20))
    assert (invoice.head.first_on, invoice.head.last_on) == (date(2025, 2, 20), date(2025, 3, 22))


def test_the_first_day_is_the_latest_of_operation_assignment_and_start() -> None:
    units = [
        unit("planned", on=date(2025, 2, 3)),
        unit("early", on=date(2025, 1, 2)),
        PrepaidUnit("assigned", Fraction(1), at(25, 13), None, START),
        PrepaidUnit("unplanned", Fraction(1), at(22, 13), None, None),
    ]
    days = {b.first_on: [m.unit_id for m in b.members] for b in batches_of(contract(), units)}
    assert days == {
        START: ["early"],
        date(2025, 1, 22): ["unplanned"],
        date(2025, 1, 25): ["assigned"],
        date(2025, 2, 3): ["planned"],
    }


def test_a_unit_that_left_before_it_ran_is_in_no_batch() -> None:
    assert batches_of(contract(), [unit("u1", to_at=at(21), on=date(2025, 2, 3))]) == []


def test_a_unit_that_comes_back_goes_on_in_its_cycles() -> None:
    back = PrepaidUnit("u1", Fraction(3250), at(10, month=3), None, START)
    only = batch(contract(), unit("u1", to_at=at(30)), back)
    assert [(m.unit_id, m.last_on) for m in only.members] == [("u1", None)]


def test_the_final_cycle_is_charged_and_what_was_held_is_taken_off() -> None:
    ended = batch(contract(last_on=date(2025, 4, 22)), unit("u1"), unit("u2"))
    assert [amounts(bill(ended, n)) for n in (1, 2, 3, 4)] == [
        ["411.06", "411.06"],
        ["411.06"],
        ["411.06", "-411.06"],
        [],
    ]


def test_a_unit_that_leaves_takes_its_share_of_what_is_held_in_its_own_last_cycle() -> None:
    leaving = batch(contract(), unit("u1", 1000, to_at=at(1, 5, month=3)), unit("u2", 1000), unit("u3", 1000))
    shares = held_shares(leaving)
    assert [str(share) for share in shares.values()] == ["63.24", "63.24", "63.24"]
    assert amounts(bill(leaving, 2)) == ["189.72", "-63.24"]
    assert amounts(bill(leaving, 3)) == ["126.48"]


def test_shares_of_what_is_held_sum_to_it_by_largest_remainder() -> None:
    uneven = batch(contract(rates=rates((at(20), "0.0851"))), *(unit(f"u{i}", 3333) for i in range(3)))
    shares = held_shares(uneven)
    assert sum(shares.values()) == bill(uneven, 1)[1].amount
    assert max(shares.values()) - min(shares.values()) <= Decimal("0.01")


def test_a_unit_of_a_single_cycle_pays_once() -> None:
    short = batch(contract(), unit("u1", to_at=at(25)), unit("u2"))
    lines = bill(short, 1)
    assert amounts(lines) == ["411.06", "205.53"]
    assert [unit_id for unit_id, _ in lines[1].units] == ["u2"]


def test_an_end_that_became_known_late_returns_the_prepayment_on_the_next_invoice_once() -> None:
    ended = batch(contract(), unit("u1", to_at=at(1, month=3)), unit("u2"))
    assert amounts(bill(ended, 3)) == ["205.53"]
    late = bill(ended, 3, unreturned=frozenset({"u1"}))
    assert amounts(late) == ["205.53", "-205.53"]
    assert released_units(late) == {"u1"}


def test_a_cycle_is_charged_at_the_rate_of_its_first_instant() -> None:
    rising = batch(contract(rates=rates((at(20), "0.085"), (at(20, 1, month=2), "0.1"))), unit("u1"))
    assert [amounts(bill(rising, n))[0] for n in (1, 2, 3)] == ["205.53", "205.53", "241.80"]


def test_a_late_fee_rides_on_a_cycle_but_makes_none() -> None:
    ended = batch(contract(last_on=date(2025, 2, 1)), unit("u1"))
    settings = replace(SETTINGS, late_fee=LateFee(LateFeeMode.FLAT, amount=Decimal(5)))
    late = [LateInvoice("0", date(2024, 1, 1), Decimal(9))]
    first = cycle_invoice(CycleBill(ended, 1, late=late), settings)
    assert first is not None
    assert amounts(first.lines) == ["205.53", "5.00"]
    assert cycle_invoice(CycleBill(ended, 2, late=late), settings) is None


def test_a_last_day_that_begins_a_cycle_makes_it_the_final_one() -> None:
    edge = batch(contract(last_on=date(2025, 2, 20)), unit("u1"))
    assert [amounts(bill(edge, n)) for n in (1, 2, 3)] == [["205.53", "205.53"], ["205.53", "-205.53"], []]
    day_before = batch(contract(last_on=date(2025, 2, 19)), unit("u1"))
    assert [amounts(bill(day_before, n)) for n in (1, 2)] == [["205.53"], []]
