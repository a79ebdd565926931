"""What a prepaid cycle's evidence gives back or charges (rules 6.3, 6.4)."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoicing.domain.cycle_invoice import CycleBill, cycle_invoice
from invoicing.domain.cycles import Batch, PrepaidUnit, batches_of
from invoicing.domain.lines import Line, LineKind, recomputed
from invoicing.domain.reconcile import posted_adjustments
from invoicing.domain.terms import CycleKind, Plan, PrepaidTerms, ZeroSpanCredit
from invoicing.domain.usage import MethodUsage, UnitUsage
from support.billing import METERED, SETTINGS, amounts, at, rates, terms, used

WHOLE, BEYOND = ZeroSpanCredit.WHOLE, ZeroSpanCredit.BEYOND_24
EDGE = at(1, month=2)


def batch(zero_span: ZeroSpanCredit = WHOLE, true_up: bool = False, count: int = 1) -> Batch:
    """Cycles of 31 days from 1 January 2025, 3.25 kW a unit at 0.085."""
    contract = terms(
        plan=Plan.PREPAID,
        first_on=at(1).date(),
        rates=rates((at(1), "0.085")),
        prepaid=PrepaidTerms(CycleKind.FIXED_31D, zero_span, true_up),
    )
    units = [PrepaidUnit(f"u{i}", Fraction(3250), at(1)) for i in range(1, count + 1)]
    (only,) = batches_of(contract, units)
    return only


def idle(hours: object, from_at: datetime = at(10), **changes: Any) -> UnitUsage:
    zero = (from_at, from_at + timedelta(hours=1) * Fraction(str(hours)).numerator / Fraction(str(hours)).denominator)
    return used("u1", **({"zero_spans": (zero,)} | changes))


def adjusted(of: Batch, number: int, *usage: UnitUsage, **more: Any) -> list[Line]:
    by_unit: dict[str, list[UnitUsage]] = {}
    for span in usage:
        by_unit.setdefault(span.unit_id, []).append(span)
    invoice = cycle_invoice(CycleBill(of, number, by_unit, **more), SETTINGS)
    assert invoice is not None
    return [line for line in invoice.lines if line.kind is LineKind.ADJUSTMENT]


def test_a_unit_that_stood_still_is_credited_on_the_invoice_two_cycles_later() -> None:
    assert adjusted(batch(), 2, idle(60)) == []
    (line,) = adjusted(batch(), 3, idle(60))
    assert (str(line.amount), line.refers_to, line.tax_code) == ("-16.58", "C1/2025-01-01/1", "energy")
    assert recomputed(line, 2) == line.amount


def test_only_the_hours_beyond_24_where_that_was_agreed() -> None:
    assert amounts(tuple(adjusted(batch(BEYOND), 3, idle(60)))) == ["-9.95"]


def test_24_hours_exactly_give_nothing_and_a_second_more_gives_all() -> None:
    assert adjusted(batch(), 3, idle(24)) == []
    assert adjusted(batch(), 3, idle("23.5")) == []
    assert amounts(tuple(adjusted(batch(), 3, idle(Fraction(24 * 3600 + 1, 3600))))) == ["-6.63"]


def test_daily_spans_that_touch_are_one_run() -> None:
    days = [
        used("u1", from_at=at(10), to_at=at(11), zero_spans=((at(10, 6), at(11)),)),
        used("u1", from_at=at(11), to_at=at(12), zero_spans=((at(11), at(11, 7)),)),
    ]
    assert amounts(tuple(adjusted(batch(), 3, *days))) == ["-6.91"]


def test_two_runs_of_20_hours_are_not_one_of_40() -> None:
    runs = ((at(10), at(10, 20)), (at(11), at(11, 20)))
    assert adjusted(batch(), 3, used("u1", zero_spans=runs)) == []


def test_a_run_over_the_edge_is_tested_whole_and_each_cycle_credits_its_own_hours() -> None:
    run = idle(30, EDGE - timedelta(hours=20))
    assert amounts(tuple(adjusted(batch(), 3, run))) == ["-5.53"]
    assert amounts(tuple(adjusted(batch(), 4, run))) == ["-5.53", "-2.76"]


def test_of_a_run_over_the_edge_the_first_24_hours_count_from_its_beginning() -> None:
    run = idle(30, EDGE - timedelta(hours=20))
    assert amounts(tuple(adjusted(batch(BEYOND), 4, run))) == ["-1.66"]


def test_the_band_is_part_of_the_price() -> None:
    nameplate = Fraction(3250 * 744, 1000)
    for share in ("0.9", "1.1", "0.93", "1"):
        usage = used("u1", by_method={METERED: MethodUsage(nameplate * Fraction(share), Fraction(744))})
        assert adjusted(batch(true_up=True), 3, usage) == []


def test_beyond_the_band_the_whole_deviation_is_charged_or_credited() -> None:
    nameplate = Fraction(3250 * 744, 1000)
    for share, amount in (("1.12", "24.66"), ("0.88", "-24.66")):
        usage = used("u1", by_method={METERED: MethodUsage(nameplate * Fraction(share), Fraction(744))})
        assert amounts(tuple(adjusted(batch(true_up=True), 3, usage))) == [amount]


def test_the_band_looks_at_the_hours_with_evidence_only() -> None:
    usage = used("u1", by_method={METERED: MethodUsage(Fraction(325), Fraction(100))}, unbilled_hours=Fraction(644))
    assert adjusted(batch(true_up=True), 3, usage) == []
    assert adjusted(batch(true_up=True), 3, used("u1", unbilled_hours=Fraction(744))) == []


def test_with_the_true_up_zero_spans_are_not_credited_besides() -> None:
    usage = idle(60, by_method={METERED: MethodUsage(Fraction(2418 - 195), Fraction(744))})
    assert adjusted(batch(true_up=True), 3, usage) == []


def test_one_line_for_the_batch_rounded_once() -> None:
    spans = [used(f"u{i}", zero_spans=((at(10), at(12, 12)),)) for i in (1, 2, 3)]
    lines = adjusted(batch(count=3), 3, *spans)
    assert amounts(tuple(lines)) == ["-49.73"]
    assert [product.of for product in lines[0].products] == ["u1", "u2", "u3"]


def test_evidence_that_comes_later_is_posted_as_a_difference_on_the_next_cycle() -> None:
    of = batch()
    first = adjusted(of, 3, idle(60))
    (later,) = adjusted(of, 4, idle(70), posted=posted_adjustments(first))
    assert (str(later.amount), later.refers_to) == ("-2.76", "C1/2025-01-01/1")
    assert recomputed(later, 2) == later.amount
    assert adjusted(of, 5, idle(70), posted=posted_adjustments([*first, later])) == []
    (back,) = adjusted(of, 5, used("u1"), posted=posted_adjustments([*first, later]))
    assert str(back.amount) == "19.34"


def test_after_the_end_the_adjustment_stands_alone() -> None:
    contract = terms(plan=Plan.PREPAID, first_on=at(1).date(), last_on=at(31).date(), rates=rates((at(1), "0.085")))
    (of,) = batches_of(contract, [PrepaidUnit("u1", Fraction(3250), at(1))])
    invoice = cycle_invoice(CycleBill(of, 3, {"u1": [idle(60)]}), SETTINGS)
    assert invoice is not None
    assert [line.kind for line in invoice.lines] == [LineKind.ADJUSTMENT]
    assert invoice.total == Decimal("-16.58")
    assert cycle_invoice(CycleBill(of, 3, {"u1": [idle(20)]}), SETTINGS) is None


def test_a_run_before_the_first_cycle_counts_for_its_length_only() -> None:
    contract = terms(plan=Plan.PREPAID, first_on=at(1).date(), rates=rates((at(1), "0.085")))
    (of,) = batches_of(contract, [PrepaidUnit("u1", Fraction(3250), at(1), None, at(10).date())])
    run = idle(30, at(9))
    assert amounts(tuple(adjusted(of, 3, run))) == ["-1.66"]
