"""Energy lines: one per contract, method and rate (rules 1.2, 1.3, 4.4, 4.6)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from invoicing.domain.lines import share_kwh
from invoicing.domain.sums import UsageRefused
from invoicing.domain.usage import MethodUsage
from support.billing import HASH, METERED, amounts, at, rated, rates, terms, used


def test_a_month_of_metered_energy_is_quantity_times_rate_half_up() -> None:
    (line,) = rated(terms(), used("u1", "2551.434")).lines
    assert (line.kwh, line.rate, line.amount) == (Decimal("2551.434"), Decimal("0.075"), Decimal("191.36"))


def test_the_quantity_is_rounded_before_it_is_priced() -> None:
    contract = terms(rates=rates((at(1), "1000")))
    (line,) = rated(contract, used("u1", "0.0005")).lines
    assert (str(line.kwh), str(line.amount)) == ("0.001", "1.00")


def test_units_are_summed_before_rounding_and_each_keeps_its_thousandths() -> None:
    (line,) = rated(terms(), used("u1", "0.0004"), used("u2", "0.0004"), used("u3", "0.0004")).lines
    assert str(line.kwh) == "0.001"
    assert [str(kwh) for _, kwh in line.units] == ["0.001", "0.000", "0.000"]


def test_the_missing_thousandths_go_to_the_largest_remainders_not_to_the_largest_units() -> None:
    parts = [("u1", Fraction("2885.7605333")), ("u2", Fraction("19303.7075")), ("u3", Fraction("2175.417515"))]
    shares = share_kwh(Decimal("24364.886"), parts)
    assert [str(kwh) for _, kwh in shares] == ["2885.761", "19303.707", "2175.418"]


def test_lines_come_by_priority_of_method_then_by_the_first_instant_of_the_rate() -> None:
    contract = terms(rates=rates((at(1), "0.09"), (at(11), "0.05")))
    early, late = {"from_at": at(1), "to_at": at(11)}, {"from_at": at(11), "to_at": at(1, month=2)}
    lines = rated(
        contract,
        used("u1", 1, method=HASH, **early),
        used("u1", 2, **late),
        used("u2", 3, **early),
        used("u2", 4, method=HASH, **late),
    ).lines
    assert [(line.method, str(line.rate)) for line in lines] == [
        (METERED, "0.09"),
        (METERED, "0.05"),
        (HASH, "0.09"),
        (HASH, "0.05"),
    ]


def test_a_rate_that_returns_continues_its_line_at_its_first_place() -> None:
    contract = terms(rates=rates((at(1), "0.0720"), (at(11), "0.05"), (at(21), "0.072")))
    spans = [(at(1), at(11)), (at(11), at(21)), (at(21), at(1, month=2))]
    lines = rated(contract, *(used("u1", 100, from_at=a, to_at=b) for a, b in spans)).lines
    assert [(str(line.kwh), str(line.rate)) for line in lines] == [("200.000", "0.0720"), ("100.000", "0.05")]


def test_the_order_of_rates_is_that_of_the_billed_span_not_of_the_contract() -> None:
    contract = terms(rates=rates((at(1), "0.01"), (at(10), "0.02"), (at(20), "0.01")), first_on=at(12).date())
    lines = rated(
        contract, used("u1", 1, from_at=at(12), to_at=at(20)), used("u1", 1, from_at=at(20), to_at=at(1, month=2))
    ).lines
    assert [str(line.rate) for line in lines] == ["0.02", "0.01"]


def test_a_method_that_counted_prints_its_line_even_with_nothing() -> None:
    (line,) = rated(terms(), used("u1", 0, method=HASH)).lines
    assert (line.method, str(line.kwh), str(line.amount), line.units) == (
        HASH,
        "0.000",
        "0.00",
        (("u1", Decimal("0.000")),),
    )


def test_a_method_without_hours_has_no_line() -> None:
    usage = used(
        "u1", by_method={METERED: MethodUsage(Fraction(5), Fraction(744)), HASH: MethodUsage(Fraction(0), Fraction(0))}
    )
    assert [line.method for line in rated(terms(), usage).lines] == [METERED]


def test_a_reset_estimate_marks_its_line_and_only_that() -> None:
    estimated = {METERED: MethodUsage(Fraction(5), Fraction(1), True), HASH: MethodUsage(Fraction(5), Fraction(743))}
    lines = rated(terms(), used("u1", by_method=estimated), used("u2", 3)).lines
    assert [line.estimated for line in lines] == [True, False]


def test_yen_have_no_decimals_and_dinars_three() -> None:
    assert amounts(rated(terms(currency="JPY"), used("u1", "100.5")).lines) == ["8"]
    assert amounts(rated(terms(currency="KWD"), used("u1", "100.5")).lines) == ["7.538"]


def test_a_contract_out_of_force_has_no_lines() -> None:
    assert rated(terms(last_on=at(1, month=1).date().replace(year=2024)), used("u1", 5)).lines == ()


def test_a_negative_quantity_is_refused() -> None:
    with pytest.raises(UsageRefused, match="never negative"):
        rated(terms(), used("u1", -1))
