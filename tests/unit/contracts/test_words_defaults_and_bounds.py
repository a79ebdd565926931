"""What others rely on: the words that travel, the defaults, the fields of refusals, and the last possible figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.errors import RuleBroken
from common.money import Money
from contracts.domain.assignments import Assignment
from contracts.domain.contract import ContractState, ContractType
from contracts.domain.escalators import PercentEscalator, RatePlan
from contracts.domain.extensions import Extensions
from contracts.domain.extras import (
    CurtailmentSettlement,
    DemandCharge,
    LossPassThrough,
    MinimumCommitment,
    UptimePromise,
)
from contracts.domain.pricing import (
    EnergyTerms,
    Failover,
    FailoverMode,
    FixedMonthly,
    InfinityTerms,
    Method,
    MinerSpec,
    Plan,
    PrepaidCycle,
    PrepaidPlan,
    ServicedSite,
    ZeroSpan,
)
from contracts.domain.rates import checked_rate
from contracts.domain.renewal import AutoRenewal, RenewsBy, give_notice, withdraw_notice
from contracts.domain.sites import Site
from contracts.domain.terms import Term, TermKind, agreed
from contracts.domain.units import Unit, UnitState
from contracts.domain.wallet import LONGEST
from support.words import words_of
from unit.contracts.agreements import ENERGY, INFINITY, SITE, START, WALLET, contract, unit

RATE = Decimal("0.075")


def test_a_word_is_its_members_name_but_for_the_counted_terms() -> None:
    assert words_of("contracts") == {"TermKind": ["3_months", "6_months", "1_year", "2_years", "3_years"]}


def test_what_is_not_said_is_the_default() -> None:
    draft = contract()
    assert (draft.state, draft.number, draft.plan, draft.prepaid) == (ContractState.DRAFT, None, Plan.USAGE, None)
    assert (draft.auto_renewal, draft.extensions, draft.activated_at, draft.ended_at) == (
        None,
        Extensions(),
        None,
        None,
    )
    assert (draft.escalators, draft.amendments, draft.extras) == ((), (), ())
    assert (Extensions().limit, Extensions().used) == (3, 0)
    assert (AutoRenewal().notice_days, AutoRenewal().renews_by, AutoRenewal().notice_given_on) == (
        30,
        RenewsBy.TERM,
        None,
    )
    assert (ENERGY.failover, ENERGY.power_cap_kw, ENERGY.cap_overage_rate, ENERGY.efficiency_jth) == (None,) * 4
    plain = PrepaidPlan()
    assert (plain.cycle, plain.zero_span, plain.true_up_beyond_band) == (
        PrepaidCycle.FIXED_31D,
        ZeroSpan.WHOLE,
        False,
    )
    assert (SITE.from_on, SITE.to_on) == (None, None)
    machine = Unit("u", "SN", "S21", Fraction(1), Fraction(0))
    assert (machine.efficiency_jth, machine.owner_customer_id, machine.site_id) == (None, None, None)
    assert machine.state is UnitState.STAGED
    place = Site("s", "Plains", "UTC", Fraction(1))
    assert (place.region, place.city, place.energy_rate) == ("", "", None)
    plan = RatePlan(RATE, "USD", "UTC")
    assert (plan.escalators, plan.amendments) == ((), ())
    once = PercentEscalator(Decimal(3), date(2026, 1, 1))
    assert (once.every_months, once.compounding) == (None, True)
    assert Assignment("u", "C", START).to_at is None


def test_extras_are_modest_by_default() -> None:
    demand = DemandCharge(Decimal(1))
    assert (demand.above_kw, demand.least_kw) == (Decimal(0), Decimal(0))
    minimum = MinimumCommitment(Decimal(80), Decimal(35))
    assert (minimum.rate, minimum.less_curtailed) == (None, True)
    assert (LossPassThrough().rate, LossPassThrough().most_percent) == (None, Decimal(100))
    settlement = CurtailmentSettlement()
    assert (settlement.credit_per_kwh, settlement.proceeds_percent, settlement.net_of_use) == (None, None, False)
    promise = UptimePromise(Decimal(95))
    assert (promise.form, promise.unknown, promise.cap_percent) == ("points", "left_out", Decimal(100))
    assert len(promise.excused) == 8


def energy(**changes: Any) -> object:
    return contract(pricing=EnergyTerms(**{"rate_per_kwh": RATE, "methods": (Method.HASH,), **changes}))


def fee(percent: str) -> object:
    return InfinityTerms(RATE, INFINITY.spec, 5, Decimal(percent), INFINITY.fee_basis, WALLET)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: energy(rate_per_kwh=Decimal(-1)), "rate_per_kwh"),
        (lambda: energy(power_cap_kw=Fraction(35), cap_overage_rate=Decimal(-1)), "cap_overage_rate"),
        (lambda: energy(failover=Failover(FailoverMode.FIXED_RATE, Decimal(-1))), "failover.rate_per_kwh"),
        (lambda: Failover(FailoverMode.MARKET_HASHPRICE, Decimal(-1)), "failover.percent"),
        (lambda: energy(efficiency_jth=Fraction(0)), "efficiency_jth"),
        (lambda: energy(power_cap_kw=Fraction(0)), "power_cap_kw"),
        (lambda: energy(methods=()), "billing_methods"),
        (lambda: fee("101"), "connector_fee.percent"),
        (lambda: MinerSpec("S21", Fraction(-1), Fraction(-1)), "spec.rated_ths"),
        (lambda: MinerSpec("S21", Fraction(200), Fraction(10_001)), "spec.rated_w"),
        (lambda: MinerSpec("S21", Fraction(1), Fraction(10_001)), "spec.efficiency_jth"),
        (lambda: unit(efficiency_jth=Fraction(-1)), "efficiency_jth"),
        (lambda: unit(rated_ths=Fraction(-1)), "rated_ths"),
        (lambda: FixedMonthly(Money(Decimal(-1), "USD")), "fixed_monthly_per_unit"),
        (lambda: ServicedSite("s", Money(Decimal(-1), "USD")), "sites.monthly_fee"),
        (lambda: Site("s", "Plains", "UTC", Fraction(0)), "capacity_kw"),
        (lambda: checked_rate(Decimal(11), "USD"), "rate_per_kwh"),
        (lambda: AutoRenewal(-1), "notice_days"),
        (lambda: Extensions(-1), "extensions.limit"),
        (lambda: give_notice(give_notice(AutoRenewal(), date(2025, 1, 1)), date(2025, 1, 2)), "notice_on"),
        (
            lambda: withdraw_notice(agreed(Term(TermKind.ONE_YEAR), date(2025, 1, 1)), AutoRenewal(), date(2025, 1, 2)),
            "notice_on",
        ),
    ],
)
def test_a_refusal_names_its_field_and_a_remedy(wrong: Callable[[], object], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        wrong()
    assert refusal.value.field == field
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "possible",
    [
        lambda: energy(power_cap_kw=Fraction(10_000_000)),
        lambda: energy(power_cap_kw=Fraction(1, 1000), cap_overage_rate=Decimal(0)),
        lambda: energy(efficiency_jth=Fraction(1, 1000)),
        lambda: energy(efficiency_jth=Fraction(10_000)),
        lambda: energy(rate_per_kwh=Decimal(0)),
        lambda: Failover(FailoverMode.MARKET_HASHPRICE, Decimal(1000)),
        lambda: Failover(FailoverMode.MARKET_HASHPRICE, Decimal(0)),
        lambda: fee("0"),
        lambda: fee("100"),
        lambda: InfinityTerms(RATE, INFINITY.spec, 1, Decimal(4), INFINITY.fee_basis, WALLET),
        lambda: InfinityTerms(RATE, INFINITY.spec, 1_000_000, Decimal(4), INFINITY.fee_basis, WALLET),
        lambda: unit(rated_w=Fraction(1, 1000), rated_ths=Fraction(0)),
        lambda: unit(rated_w=Fraction(100_000), rated_ths=Fraction(100_000)),
        lambda: Site("s", "Plains", "UTC", Fraction(1, 1000)),
        lambda: Site("s", "Plains", "UTC", Fraction(10_000_000)),
        lambda: FixedMonthly(Money(Decimal(0), "USD")),
        lambda: AutoRenewal(0),
        lambda: AutoRenewal(366),
        lambda: Extensions(0),
        lambda: Extensions(99),
        lambda: Term(TermKind.CUSTOM_DAYS, 3660),
        lambda: DemandCharge(Decimal(1_000_000), Decimal(10_000_000), Decimal("0.001")),
        lambda: DemandCharge(Decimal(0)),
        lambda: MinimumCommitment(Decimal(100), Decimal(10_000_000), Decimal("0.000001")),
        lambda: UptimePromise(Decimal("0.01"), cap_percent=Decimal(0)),
    ],
)
def test_the_last_possible_figures_are_possible(possible: Callable[[], object]) -> None:
    assert possible()


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: energy(power_cap_kw=Fraction(10_000_001)),
        lambda: Site("s", "Plains", "UTC", Fraction(10_000_001)),
        lambda: DemandCharge(Decimal("1000000.000001")),
        lambda: DemandCharge(Decimal(1), Decimal("10000000.001")),
        lambda: DemandCharge(Decimal("0.0000001")),
    ],
)
def test_the_first_impossible_figures_are_refused(impossible: Callable[[], object]) -> None:
    with pytest.raises(RuleBroken):
        impossible()


def test_state_and_type_say_what_a_contract_takes() -> None:
    assert [kind for kind in ContractType if contract(kind).takes_units] == [ContractType.HOSTED, ContractType.LEASE]
    assert contract().from_at == START
    assert contract().to_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert LONGEST == 90
