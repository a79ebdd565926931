"""What a contract may switch on: refused while drafting where it is impossible."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from common.errors import RuleBroken
from contracts.domain.extras import (
    CreditsExclusive,
    CurtailmentSettlement,
    DemandCharge,
    ExcusedClass,
    FigureOutOfRange,
    LossPassThrough,
    MarketPassThrough,
    MinimumCommitment,
    UptimePromise,
)
from invoicing.domain import commitment, curtailment, demand, market_price, site_facts, uptime, utility_closure


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: MarketPassThrough(" "), "market_price.market"),
        (lambda: DemandCharge(Decimal(-1)), "demand.per_kw"),
        (lambda: DemandCharge(Decimal("NaN")), "demand.per_kw"),
        (lambda: DemandCharge(Decimal(1), above_kw=Decimal("0.0001")), "demand.above_kw"),
        (lambda: DemandCharge(Decimal(1), least_kw=Decimal("1e400")), "demand.least_kw"),
        (lambda: MinimumCommitment(Decimal(101), Decimal(35)), "commitment.percent"),
        (lambda: MinimumCommitment(Decimal(80), Decimal(-35)), "commitment.of_kw"),
        (lambda: MinimumCommitment(Decimal(80), Decimal(35), Decimal("0.0000001")), "commitment.rate"),
        (lambda: LossPassThrough(Decimal(-1)), "utility_loss.rate"),
        (lambda: LossPassThrough(most_percent=Decimal(101)), "utility_loss.most_percent"),
        (lambda: CurtailmentSettlement(credit_per_kwh=Decimal(-1)), "curtailment.credit_per_kwh"),
        (lambda: CurtailmentSettlement(proceeds_percent=Decimal(101)), "curtailment.proceeds_percent"),
        (lambda: UptimePromise(Decimal(0)), "uptime.sla_percent"),
        (lambda: UptimePromise(Decimal(101)), "uptime.sla_percent"),
        (lambda: UptimePromise(Decimal(95), cap_percent=Decimal(-1)), "uptime.cap_percent"),
    ],
)
def test_impossible_figures_are_refused_with_their_field(wrong: Callable[[], object], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        wrong()
    assert refusal.value.field == field
    assert refusal.value.remedy


def test_a_credit_and_a_share_at_once_are_refused() -> None:
    with pytest.raises(CreditsExclusive):
        CurtailmentSettlement(Decimal("0.02"), Decimal(10))
    with pytest.raises(FigureOutOfRange):
        CurtailmentSettlement(Decimal(10_000_000))


def test_both_services_know_the_same_settings() -> None:
    pairs: list[tuple[type, type]] = [
        (MarketPassThrough, market_price.MarketPassThrough),
        (DemandCharge, demand.DemandCharge),
        (MinimumCommitment, commitment.MinimumCommitment),
        (LossPassThrough, utility_closure.LossPassThrough),
        (CurtailmentSettlement, curtailment.CurtailmentSettlement),
        (UptimePromise, uptime.UptimePromise),
    ]
    for agreed, rated in pairs:
        assert list(agreed.__dataclass_fields__) == list(rated.__dataclass_fields__)  # type: ignore[attr-defined]
    assert {one.value for one in ExcusedClass} == {one.value for one in site_facts.ExcusedClass}
