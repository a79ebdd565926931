"""Every charge of a contract in force is agreed anew from an instant on; what was before is kept with it (rule 4.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest

from common.errors import RuleBroken
from common.money import Money
from contracts.domain.amending import NewTerms, SitesNotAmended, amended
from contracts.domain.contract import Contract, ContractState, ContractType
from contracts.domain.extras import DemandCharge, ExtrasNotAllowed, MinimumCommitment, UptimePromise
from contracts.domain.particulars import ExitFee, ExitFeeMode
from contracts.domain.pricing import (
    Failover,
    FailoverMode,
    FixedMonthly,
    Method,
    OmTerms,
    PowerOutOfRange,
    ServicedSite,
    SitesRepeated,
)
from contracts.domain.repricing import (
    AmendmentOutOfOrder,
    Droppable,
    EnergyChange,
    InfinityChange,
    NewPrices,
    TermNotOfContract,
)
from contracts.store.agreements import agreement_of, document
from contracts.use_cases.terms_on_the_wire import wire_terms
from unit.contracts.agreements import ENERGY, FIXED, INFINITY, SITE, contract

MAY, JUNE, JULY = (datetime(2025, month, 1, tzinfo=UTC) for month in (5, 6, 7))
FAILOVER = Failover(FailoverMode.FIXED_RATE, Decimal("0.05"))
UPTIME, DEMAND = UptimePromise(Decimal(95)), DemandCharge(Decimal(7))


def active(kind: ContractType = ContractType.HOSTED, **changes: object) -> Contract:
    return contract(kind, state=ContractState.ACTIVE, number="C-1", **changes)


def priced(before: Contract, at: datetime, **new: object) -> Contract:
    return amended(before, NewTerms(at, prices=NewPrices(**new)))  # type: ignore[arg-type]


def test_each_amendment_keeps_what_held_until_then() -> None:
    first = priced(active(), MAY, energy=EnergyChange(methods=(Method.HASH,), failover=FAILOVER))
    second = priced(first, JULY, energy=EnergyChange(power_cap_kw=Fraction(35)), extras=(UPTIME,))
    assert [one.until_at for one in second.former] == [MAY, JULY]
    assert second.pricing_at(datetime(2025, 4, 30, tzinfo=UTC)) == ENERGY
    assert second.pricing_at(MAY) == replace(ENERGY, methods=(Method.HASH,), failover=FAILOVER)
    assert second.pricing_at(JULY) == second.pricing
    assert (second.former[1].extras, second.extras) == ((), (UPTIME,))
    assert agreement_of(document(second)) == second
    told = wire_terms(replace(second, customer_id=str(uuid4())))
    assert [(one.until_at, one.billing_methods) for one in told.former] == [
        (MAY, ["metered", "hash"]),
        (JULY, ["hash"]),
    ]
    assert (told.power_cap_kw, told.extras["uptime"]["sla_percent"]) == ("35", "95")


def test_terms_are_amended_forward_alone() -> None:
    once = priced(active(), JUNE, energy=EnergyChange(failover=FAILOVER))
    with pytest.raises(AmendmentOutOfOrder) as refused:
        priced(once, MAY, energy=EnergyChange(methods=(Method.HASH,)))
    assert refused.value.field == "effective_at"
    corrected = priced(once, JUNE, drops=frozenset({Droppable.FAILOVER}))
    assert (len(corrected.former), corrected.pricing) == (1, ENERGY)
    assert priced(once, JULY, energy=EnergyChange(failover=FAILOVER)) == once
    from_its_start = priced(active(), active().from_at, extras=(DEMAND,))
    assert (from_its_start.former, from_its_start.extras) == ((), (DEMAND,))


def test_an_extra_stands_in_place_of_its_kind_or_ends() -> None:
    both = active(extras=(UPTIME, DEMAND))
    dearer = priced(both, MAY, extras=(DemandCharge(Decimal(9)),), drops=frozenset({Droppable.UPTIME}))
    assert dearer.extras == (DemandCharge(Decimal(9)),)
    with pytest.raises(ExtrasNotAllowed):
        priced(active(pricing=FIXED), MAY, extras=(DEMAND,))


@pytest.mark.parametrize(
    ("before", "new", "field"),
    [
        (active(pricing=FIXED), {"energy": EnergyChange(methods=(Method.HASH,))}, "billing_methods"),
        (active(pricing=FIXED), {"drops": frozenset({Droppable.FAILOVER})}, "failover"),
        (active(), {"fixed_monthly": Money(Decimal(9), "USD")}, "fixed_monthly_per_unit"),
        (active(), {"infinity": InfinityChange(quantity=9)}, "quantity"),
        (active(ContractType.OM), {"infinity": InfinityChange(fee_percent=Decimal(9))}, "connector_fee"),
        (active(ContractType.INFINITY), {"energy": EnergyChange(failover=FAILOVER)}, "failover"),
    ],
)
def test_the_way_of_charging_is_never_amended(before: Contract, new: dict[str, object], field: str) -> None:
    with pytest.raises(TermNotOfContract) as refused:
        priced(before, MAY, **new)
    assert refused.value.field == field


def test_every_other_charge_is() -> None:
    raised = priced(active(pricing=FIXED), MAY, fixed_monthly=Money(Decimal(200), "USD"))
    assert raised.pricing == FixedMonthly(Money(Decimal(200), "USD"))
    more = priced(active(ContractType.INFINITY), MAY, infinity=InfinityChange(quantity=9, fee_percent=Decimal(3)))
    assert more.pricing == replace(INFINITY, quantity=9, fee_percent=Decimal(3))
    capped = active(pricing=replace(ENERGY, power_cap_kw=Fraction(9), cap_overage_rate=Decimal(1)))
    with pytest.raises(PowerOutOfRange):
        priced(capped, MAY, drops=frozenset({Droppable.POWER_CAP_KW}))
    minimum = active(extras=(MinimumCommitment(Decimal(80), Decimal(10)),))
    fee = ExitFee(ExitFeeMode.COMMITMENT, percent=Decimal(50))
    with_fee = amended(minimum, NewTerms(MAY, exit_fee=fee))
    assert with_fee.exit_fee == fee
    with pytest.raises(RuleBroken):
        priced(with_fee, JUNE, drops=frozenset({Droppable.COMMITMENT}))
    gone = NewTerms(JUNE, drops_exit_fee=True, prices=NewPrices(drops=frozenset({Droppable.COMMITMENT})))
    assert amended(with_fee, gone).exit_fee is None
    assert amended(active(), NewTerms(MAY, issuing_entity_id="E2")).issuing_entity_id == "E2"


def test_a_site_has_another_fee_from_a_day_on() -> None:
    before = active(ContractType.OM)
    ends, begins = (
        replace(SITE, to_on=date(2025, 4, 30)),
        ServicedSite("s1", Money(Decimal(5000), "USD"), date(2025, 5, 1)),
    )
    after = amended(before, NewTerms(MAY, sites=(ends, begins)))
    assert after.pricing == OmTerms((ends, begins))
    with pytest.raises(SitesRepeated):
        amended(before, NewTerms(MAY, sites=(SITE, begins)))
    with pytest.raises(SitesNotAmended):
        amended(before, NewTerms(MAY, sites=(replace(SITE, monthly_fee=Money(Decimal(5000), "USD")),)))
