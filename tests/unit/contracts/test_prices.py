"""Every price of a contract is named in one rule, and only a price is (rates.override)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.money import Money
from contracts.domain.amending import NewTerms, amended
from contracts.domain.contract import Contract, ContractState, ContractType
from contracts.domain.escalators import PercentEscalator
from contracts.domain.extras import (
    EXTRA_NAMES,
    CurtailmentSettlement,
    DemandCharge,
    LossPassThrough,
    MarketPassThrough,
    MinimumCommitment,
    UptimePromise,
)
from contracts.domain.life import cut_short
from contracts.domain.particulars import ExitFee, ExitFeeMode
from contracts.domain.prices import overridden, own_rate
from contracts.domain.pricing import Failover, FailoverMode, FeeBasis, Method, ServicedSite
from contracts.domain.repricing import Droppable, EnergyChange, InfinityChange, NewPrices
from unit.contracts.agreements import ENERGY, FIXED, SITE, contract

MAY, JUNE_ON = datetime(2025, 5, 1, tzinfo=UTC), date(2025, 6, 1)
CAPPED = replace(ENERGY, power_cap_kw=Fraction(50), cap_overage_rate=Decimal("0.1"))
FEE = ExitFee(ExitFeeMode.FIXED, Money(Decimal(500), "USD"))
EXTRAS = (
    MarketPassThrough("ercot"), DemandCharge(Decimal(7)), MinimumCommitment(Decimal(80), Decimal(30)),
    LossPassThrough(), CurtailmentSettlement(Decimal("0.02")), UptimePromise(Decimal(95)),
)  # fmt: skip


def active(kind: ContractType = ContractType.HOSTED, **changes: Any) -> Contract:
    return contract(kind, state=ContractState.ACTIVE, number="C-1", **changes)


def after(before: Contract, **new: Any) -> Contract:
    own = {name: new.pop(name) for name in ("energy", "infinity", "fixed_monthly", "extras", "drops") if name in new}
    return amended(before, NewTerms(MAY, prices=NewPrices(**own), **new))


def test_a_new_rate_or_escalator_is_a_price() -> None:
    assert overridden(active(), after(active(), rate_per_kwh=Decimal("0.06"))) == ["rate_per_kwh"]
    assert overridden(active(), after(active(), escalators=(PercentEscalator(Decimal(3), JUNE_ON),))) == ["escalators"]


def test_failover_and_overage_are_prices_where_they_come_and_where_they_go() -> None:
    failover = Failover(FailoverMode.FIXED_RATE, Decimal("0.05"))
    with_one = after(active(), energy=EnergyChange(failover=failover))
    assert overridden(active(), with_one) == ["failover"]
    assert overridden(with_one, after(with_one, drops=frozenset({Droppable.FAILOVER}))) == ["failover"]
    capped = active(pricing=CAPPED)
    gone = after(capped, drops=frozenset({Droppable.CAP_OVERAGE_RATE}))
    assert overridden(capped, gone) == ["cap_overage_rate"]


def test_a_fixed_amount_and_a_connector_fee_are_prices() -> None:
    fixed = active(pricing=FIXED)
    assert overridden(fixed, after(fixed, fixed_monthly=Money(Decimal(140), "USD"))) == ["fixed_monthly_per_unit"]
    infinity = active(ContractType.INFINITY)
    for change in (InfinityChange(fee_percent=Decimal(3)), InfinityChange(fee_basis=FeeBasis.POOL_REVENUE)):
        assert overridden(infinity, after(infinity, infinity=change)) == ["connector_fee"]


@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: EXTRA_NAMES[type(extra)])
def test_every_extra_is_a_price_where_it_comes_and_where_it_goes(extra: Any) -> None:
    name = EXTRA_NAMES[type(extra)]
    with_it = after(active(), extras=(extra,))
    assert overridden(active(), with_it) == [f"extras.{name}"]
    assert overridden(with_it, after(with_it, drops=frozenset({Droppable(name)}))) == [f"extras.{name}"]
    assert overridden(with_it, after(with_it, extras=(extra,))) == []


def test_a_sites_fee_is_a_price_and_its_last_day_is_not() -> None:
    served = active(ContractType.OM)
    left = replace(SITE, to_on=date(2025, 5, 31))
    assert overridden(served, after(served, sites=(left,))) == []
    cheaper = ServicedSite(SITE.site_id, Money(Decimal(1), "USD"), JUNE_ON)
    assert overridden(served, after(served, sites=(left, cheaper))) == ["sites.fee_monthly"]


def test_an_exit_fee_is_a_price_and_so_is_its_waiver() -> None:
    charged = active(exit_fee=FEE)
    assert overridden(charged, after(charged, drops_exit_fee=True)) == ["exit_fee"]
    assert overridden(charged, cut_short(charged, JUNE_ON, "sold", waive_fee=True)) == ["exit_fee"]
    assert overridden(charged, cut_short(charged, JUNE_ON, "sold", waive_fee=False)) == []
    assert overridden(active(), cut_short(active(), JUNE_ON, "sold", waive_fee=True)) == []


def test_how_much_there_is_and_how_it_is_found_are_no_prices() -> None:
    changes = EnergyChange(methods=(Method.HASH,), power_cap_kw=Fraction(40), efficiency_jth=Fraction(20))
    assert overridden(active(), after(active(), energy=changes, auto_renew=True, clauses=())) == []
    infinity = active(ContractType.INFINITY)
    assert overridden(infinity, after(infinity, infinity=InfinityChange(quantity=9))) == []


def test_a_drafts_rate_is_its_own_where_it_is_neither_the_default_nor_what_it_had() -> None:
    draft = contract()  # at 0.075
    assert own_rate(draft, Decimal("0.08"))
    assert not own_rate(draft, Decimal("0.0750"))
    assert not own_rate(draft, None)
    assert not own_rate(draft, Decimal("0.08"), before=draft)
    assert own_rate(draft, Decimal("0.08"), before=contract(currency="EUR"))
    assert not own_rate(contract(pricing=FIXED), Decimal("0.08"))
