"""Infinity contracts: energy of the spec, the connector fee on three bases, payouts (rule 5)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from invoicing.domain.connector import NoHashprice, mean_price
from invoicing.domain.lines import LineKind, LineMethod, recomputed
from invoicing.domain.periods import period_named
from invoicing.domain.rated import PoolRecord
from invoicing.domain.terms import ConnectorFee, ContractTerms, ContractType, FeeBasis, Spec
from invoicing.domain.usage import PricedSpan
from support.billing import JANUARY, amounts, at, rated, rates, terms

FULL = [PricedSpan(at(1), at(1, month=2), Fraction("50.16"))]


def infinity(basis: FeeBasis | None = None, percent: str = "5.5", **changes: Any) -> ContractTerms:
    fee = None if basis is None else ConnectorFee(Decimal(percent), basis)
    spec = Spec(Decimal(200), Decimal("17.5"), changes.pop("quantity", 8))
    return terms(**({"type": ContractType.INFINITY, "methods": (), "spec": spec, "connector_fee": fee} | changes))


def record(from_at: datetime, to_at: datetime, satoshi: int, price: str) -> PoolRecord:
    return PoolRecord(from_at, to_at, satoshi, Decimal(price))


def test_energy_is_quantity_times_the_spec_times_real_hours() -> None:
    (line,) = rated(infinity()).lines
    assert (line.kind, line.method, str(line.kwh), str(line.amount)) == (
        LineKind.ENERGY,
        LineMethod.SPEC,
        "20832.000",
        "1562.40",
    )


def test_a_rate_change_splits_the_energy_of_the_spec_at_its_instant() -> None:
    contract = infinity(rates=rates((at(1), "0.05"), (at(11), "0.06"), (at(21), "0.05")))
    lines = rated(contract).lines
    assert [(str(line.kwh), str(line.rate)) for line in lines] == [("14112.000", "0.05"), ("6720.000", "0.06")]


def test_the_fee_on_expected_revenue() -> None:
    lines = rated(infinity(FeeBasis.EXPECTED_REVENUE), hashprice=FULL).lines
    assert amounts(lines) == ["1562.40", "136.84"]
    assert recomputed(lines[1], 2) == lines[1].amount
    assert lines[1].tax_code == "connector_fee"


def test_days_of_the_fee_are_real_hours_over_24() -> None:
    march = period_named("2025-03", 1, "America/Chicago")
    rows = [PricedSpan(march.from_at, march.to_at, Fraction(50))]
    contract = infinity(FeeBasis.EXPECTED_REVENUE, "10", timezone="America/Chicago")
    fee = rated(contract, period=march, hashprice=rows).lines[1]
    assert fee.products[0].factors[3].value == Fraction(743, 24)


def test_time_without_a_price_is_left_out_of_the_mean() -> None:
    rows = [PricedSpan(at(1), at(2), Fraction(40)), PricedSpan(at(3), at(5), Fraction(70))]
    assert mean_price(rows, [(at(1), at(5))]) == 60
    assert mean_price(rows, [(at(2), at(3))]) is None


def test_without_any_price_the_invoice_is_refused_with_the_reason() -> None:
    with pytest.raises(NoHashprice, match="no hashprice is known for 2025-01") as refused:
        rated(infinity(FeeBasis.EXPECTED_REVENUE))
    assert refused.value.field == "hashprice"


def test_the_fee_on_the_energy_charge_takes_the_printed_amounts() -> None:
    contract = infinity(FeeBasis.ENERGY_CHARGE, "3.25", quantity=33, rates=rates((at(1), "0.0634"), (at(9), "0.07")))
    lines = rated(contract).lines
    energy = sum(line.amount for line in lines[:2])
    assert lines[2].amount == round(energy * Decimal("0.0325"), 2)


def test_the_fee_on_pool_income_is_in_whole_satoshis_per_record() -> None:
    pool = [record(at(1), at(15), 2_457_800, "104645.54"), record(at(15), at(1, month=2), 1, "1")]
    result = rated(infinity(FeeBasis.POOL_REVENUE, "4"), pool=pool)
    assert [(p.gross_satoshi, p.fee_satoshi, p.net_satoshi) for p in result.payouts] == [
        (2_457_800, 98_312, 2_359_488),
        (1, 0, 1),
    ]
    assert str(result.lines[1].amount) == "102.88"


def test_a_fee_of_half_a_satoshi_is_rounded_up() -> None:
    pool = [record(at(1), at(2), 5, "1")]
    assert rated(infinity(FeeBasis.POOL_REVENUE, "10"), pool=pool).payouts[0].fee_satoshi == 1


def test_a_record_belongs_to_the_period_in_which_it_ends() -> None:
    start, end = JANUARY.from_at, JANUARY.to_at
    before = datetime(2024, 12, 1, tzinfo=UTC)
    pool = [
        record(before, start, 1000, "1"),
        record(before, at(1, 1), 2000, "1"),
        record(start, end, 3000, "1"),
        record(start, at(1, 1, month=2), 4000, "1"),
    ]
    result = rated(infinity(FeeBasis.POOL_REVENUE, "10"), pool=pool)
    assert [payout.gross_satoshi for payout in result.payouts] == [2000, 3000]


def test_a_part_of_a_period_is_priced_for_its_own_hours() -> None:
    contract = infinity(FeeBasis.EXPECTED_REVENUE, first_on=date(2025, 1, 31), last_on=date(2025, 1, 31))
    lines = rated(contract, hashprice=FULL).lines
    assert str(lines[0].kwh) == "672.000"
    assert lines[1].products[0].factors[3].value == 1
