"""Impossible terms and evidence, each refused with the rule that it breaks (issue 4 section 6).

Once as `hostbook scenario` reads them, and once more by the terms of contracts, which an API is given.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from common.errors import RuleBroken
from contracts.domain.assignments import Assignment
from contracts.domain.rates import rate_of
from contracts.domain.terms import Term, TermKind, agreed, with_end
from hostbook.scenario.run import UNREADABLE, judged
from metering.domain.alerts import set_aside
from metering.domain.usage import known_of
from unit.metering.plain import channel, evidence, hourly, usage, when
from unit.scenario.test_scenario_refusals import NOW, OTHER, TWIN, changed, written

BROKEN: list[tuple[str, str, Any, str]] = [
    ("a negative rate", "contracts.0.rate_per_kwh", "-0.05", "1.4"),
    ("an absurd rate", "contracts.0.rate_per_kwh", "1000", "1.4"),
    ("a rate too fine", "contracts.0.rate_per_kwh", "0.0000001", "1.4"),
    ("an absurd overage rate", "contracts.0.cap_overage_rate", "1000", "1.4"),
    ("an unknown zone", "organization.timezone", "Mars/Olympus", "2.1"),
    ("a unit in two contracts at once", "units.0.assignments.1", OTHER, "4.5"),
    ("overlapping channels", "channels.1", TWIN, "3"),
    ("overlapping hashprice rows", "hashprice.1", [NOW, "2025-03-01T00:00:00Z", "51"], "3"),
    ("methods together with a fixed amount", "contracts.0.fixed_monthly_per_unit", "5.00", "5"),
    ("a contract that ends before it starts", "contracts.0.end", "2024-12-31", "2.3"),
    ("tax above 100 %", "organization.tax", {"energy": "100.01"}, "7.6"),
    ("no currency", "contracts.0.currency", "usd", "1.1"),
    ("NaN", "contracts.0.rate_per_kwh", "NaN", "1.1"),
    ("NaN among reads", "reads.p1.0.1", "NaN", "1.1"),
    ("1e400", "contracts.0.rate_per_kwh", "1e400", "1.1"),
    ("1e400 in a charge", "charges.0.unit_price", "1e400", "1.1"),
    ("more decimals than the currency", "customers.A.credit", "1.001", "1.1"),
    ("a negative quantity", "charges.0.quantity", "-1", "5"),
]


@pytest.mark.parametrize(("path", "value", "rule"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_it_is_refused_with_the_rule_it_breaks(tmp_path: Path, path: str, value: object, rule: str) -> None:
    verdict = judged(written(tmp_path, changed(path, value)))
    assert verdict.code == UNREADABLE
    assert f"(rule {rule})" in verdict.notes[0]
    assert verdict.result is None


@pytest.mark.parametrize("text", ["-0.01", "11", "0.0000001", "NaN", "1e400", "Infinity", ""])
def test_a_contracts_rate_is_refused_with_the_rule_it_breaks(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"\(rule 1\.[14]\)"):
        rate_of(text, "USD")


def test_a_contract_that_would_end_before_it_starts_is_refused_with_its_rule() -> None:
    tenure = agreed(Term(TermKind.THREE_MONTHS), date(2025, 3, 1))
    with pytest.raises(RuleBroken, match=r"\(rule 2\.3\)"):
        with_end(tenure, date(2025, 2, 28))


def test_an_assignment_without_length_is_refused_with_its_rule() -> None:
    with pytest.raises(RuleBroken, match=r"\(rule 2\.3\)"):
        Assignment("u1", "C1", when(5), when(5))


def test_reads_beyond_the_modulus_or_outside_the_life_are_kept_flagged_and_listed() -> None:
    own = channel(life=(when(0), when(4)))
    beside = [(when(1), Fraction(10_000)), (when(2), Fraction(-1)), (when(9), Fraction(30)), (when(-1), Fraction(1))]
    clean, dirty = evidence(hourly(4), own), evidence([*hourly(4), *beside], own)
    assert [(read.read_at, read.reason) for read in set_aside(known_of(dirty))] == [
        (when(-1), "outside_life"),
        (when(1), "out_of_range"),
        (when(2), "out_of_range"),
        (when(9), "outside_life"),
    ]
    assert usage(dirty, 4).by_method == usage(clean, 4).by_method
    assert usage(dirty, 4).flags == {"out_of_range"}
