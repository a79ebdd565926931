"""Changed evidence: the old period's lines computed again, less everything posted for them (rule 7.3)."""

from decimal import Decimal

from invoicing.domain.adjustment import Recomputed, adjustment_lines, posted_of
from invoicing.domain.lines import Line, LineKind, recomputed
from support.billing import HASH, METERED, rated, terms, used


def line(amount: str, code: str | None = "energy", kind: LineKind = LineKind.ENERGY, **changes: str) -> Line:
    return Line(kind, Decimal(amount), code, contract_id=changes.pop("contract_id", "C1"), **changes)  # type: ignore[arg-type]


def test_the_difference_is_that_of_whole_lines_not_of_the_energy_alone() -> None:
    posted = posted_of([("2025-01", rated(terms(), used("u1", "2551.434")).lines)])
    again = Recomputed("C1", "2025-01", rated(terms(), used("u1", "2548.994")).lines)
    (adjustment,) = adjustment_lines([again], posted)
    assert (str(adjustment.amount), adjustment.refers_to, adjustment.tax_code) == ("-0.19", "2025-01", "energy")
    assert recomputed(adjustment, 2) == adjustment.amount


def test_a_method_that_gives_way_to_another_is_one_difference() -> None:
    before = rated(terms(), used("u1", "2188.433"), used("u1", "224.532", method=HASH)).lines
    after = rated(terms(), used("u1", "2419.769")).lines
    assert [one.method for one in before] == [METERED, HASH]
    lines = adjustment_lines([Recomputed("C1", "2025-01", after)], posted_of([("2025-01", before)]))
    assert [str(one.amount) for one in lines] == ["0.51"]


def test_an_earlier_adjustment_counts_as_posted() -> None:
    posted = posted_of(
        [
            ("2025-01", [line("10.00")]),
            ("2025-02", [line("7.00"), line("2.00", kind=LineKind.ADJUSTMENT, refers_to="2025-01")]),
        ]
    )
    assert posted == {("C1", "2025-01", "energy"): Decimal("12.00"), ("C1", "2025-02", "energy"): Decimal("7.00")}
    assert adjustment_lines([Recomputed("C1", "2025-01", (line("12.00"),))], posted) == ()


def test_one_line_per_contract_period_and_tax_code_oldest_first() -> None:
    fee = LineKind.CONNECTOR_FEE
    recomputed_lines = [
        Recomputed("C1", "2025-01", (line("10.00"), line("1.00", "connector_fee", fee))),
        Recomputed("C2", "2025-01", (line("5.00", contract_id="C2"),)),
        Recomputed("C1", "2025-02", (line("10.00"),)),
    ]
    lines = adjustment_lines(recomputed_lines, {})
    assert [(one.contract_id, one.refers_to, one.tax_code) for one in lines] == [
        ("C1", "2025-01", "energy"),
        ("C1", "2025-01", "connector_fee"),
        ("C2", "2025-01", "energy"),
        ("C1", "2025-02", "energy"),
    ]


def test_lines_that_vanish_are_given_back_whole() -> None:
    lines = adjustment_lines([Recomputed("C1", "2025-01", ())], {("C1", "2025-01", "energy"): Decimal("9.99")})
    assert [str(one.amount) for one in lines] == ["-9.99"]


def test_services_and_late_fees_are_never_corrected() -> None:
    service = line("50.00", "repair", LineKind.SERVICE)
    fee = line("5.00", "late_fee", LineKind.LATE_FEE)
    assert posted_of([("2025-01", [service, fee, line("1.00", None, LineKind.SERVICE)])]) == {}
    assert adjustment_lines([Recomputed("C1", "2025-01", (service, fee))], {}) == ()
