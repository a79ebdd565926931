"""The four contract types and what each of them refuses (rule 5, CB-05 to CB-47)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.clock import BadInstant
from common.errors import RuleBroken
from common.money import BadAmount, Money
from contracts.domain.contract import (
    AutoRenewNotAllowed,
    ContractType,
    CurrencyMixed,
    PlanNotAllowed,
    PricingNotOfType,
)
from contracts.domain.escalators import Amendment, EscalatorOutOfRange, PercentEscalator
from contracts.domain.extras import DemandCharge, ExtraRepeated, ExtrasNotAllowed, UptimePromise
from contracts.domain.pricing import (
    AmountNegative,
    EnergyTerms,
    Failover,
    FailoverMode,
    FixedMonthly,
    InfinityTerms,
    Method,
    MethodsAndFixedAmount,
    MethodsInvalid,
    MinerSpec,
    OmTerms,
    PercentOutOfRange,
    Plan,
    PowerOutOfRange,
    PrepaidPlan,
    QuantityOutOfRange,
    ServicedSite,
    one_way_of_charging,
)
from contracts.domain.rates import RateOutOfRange
from contracts.domain.renewal import AutoRenewal
from contracts.domain.terms import Term, TermKind
from contracts.domain.units import RatingOutOfRange
from unit.contracts.agreements import ENERGY, FIXED, INFINITY, SITE, SPEC, WALLET, contract

HOSTED, LEASE, INF, OM = ContractType.HOSTED, ContractType.LEASE, ContractType.INFINITY, ContractType.OM
RATE = Decimal("0.075")


@pytest.mark.parametrize("kind", list(ContractType))
def test_each_type_has_its_own_way_of_charging(kind: ContractType) -> None:
    assert contract(kind).number is None
    others = {HOSTED: [INFINITY, OmTerms()], LEASE: [INFINITY, OmTerms()], INF: [ENERGY, FIXED], OM: [ENERGY, INFINITY]}
    for pricing in others[kind]:
        with pytest.raises(PricingNotOfType) as refusal:
            contract(kind, pricing=pricing)
        assert refusal.value.remedy


def test_hosted_and_lease_may_charge_a_fixed_amount_instead() -> None:
    assert contract(HOSTED, pricing=FIXED).pricing == FIXED
    assert contract(LEASE, pricing=FIXED).pricing == FIXED


def test_methods_together_with_a_fixed_amount_are_refused() -> None:
    assert one_way_of_charging(ENERGY, None) is ENERGY
    assert one_way_of_charging(None, FIXED) is FIXED
    for both in ((ENERGY, FIXED), (None, None)):
        with pytest.raises(MethodsAndFixedAmount):
            one_way_of_charging(*both)


@pytest.mark.parametrize("kind", [HOSTED, OM])
def test_hosted_and_om_may_renew_by_themselves(kind: ContractType) -> None:
    assert contract(kind, auto_renewal=AutoRenewal()).auto_renewal == AutoRenewal()


@pytest.mark.parametrize("kind", [LEASE, INF])
def test_lease_and_infinity_never_renew_by_themselves(kind: ContractType) -> None:
    with pytest.raises(AutoRenewNotAllowed) as refusal:
        contract(kind, auto_renewal=AutoRenewal())
    assert refusal.value.field == "auto_renew"
    assert refusal.value.remedy == ("extend it by hand" if kind is LEASE else "make a new contract")


def test_the_prepaid_plan_needs_units_and_a_rate() -> None:
    prepaid = {"plan": Plan.PREPAID_31D, "prepaid": PrepaidPlan()}
    assert contract(HOSTED, **prepaid).plan is Plan.PREPAID_31D
    with pytest.raises(PlanNotAllowed):
        contract(HOSTED, pricing=FIXED, **prepaid)
    with pytest.raises(PlanNotAllowed):
        contract(INF, **prepaid)
    with pytest.raises(PlanNotAllowed):
        contract(HOSTED, prepaid=PrepaidPlan())


@pytest.mark.parametrize("rate", ["-0.01", "NaN", "1e400", "0.0000001", "11"])
def test_absurd_rates_are_refused_wherever_they_stand(rate: str) -> None:
    figure = Decimal(rate)
    cap = Fraction(35)
    wrong: list[tuple[ContractType, Any]] = [
        (HOSTED, EnergyTerms(figure, (Method.HASH,))),
        (HOSTED, EnergyTerms(RATE, (Method.HASH,), power_cap_kw=cap, cap_overage_rate=figure)),
        (HOSTED, EnergyTerms(RATE, (Method.HASH,), Failover(FailoverMode.FIXED_RATE, figure))),
        (INF, InfinityTerms(figure, SPEC, 5, Decimal(4), INFINITY.fee_basis, WALLET)),
    ]
    for kind, pricing in wrong:
        with pytest.raises(RateOutOfRange):
            contract(kind, pricing=pricing)
    with pytest.raises(RateOutOfRange):
        contract(amendments=(Amendment(datetime(2025, 3, 1, tzinfo=UTC), figure),))


@pytest.mark.parametrize("methods", [(), (Method.HASH, Method.HASH)])
def test_methods_are_each_named_once_and_at_least_one(methods: tuple[Method, ...]) -> None:
    with pytest.raises(MethodsInvalid):
        EnergyTerms(RATE, methods)


def test_a_cap_of_nothing_and_an_overage_without_a_cap_are_refused() -> None:
    for cap in (Fraction(0), Fraction(-1)):
        with pytest.raises(PowerOutOfRange):
            EnergyTerms(RATE, (Method.HASH,), power_cap_kw=cap)
    with pytest.raises(PowerOutOfRange):
        EnergyTerms(RATE, (Method.HASH,), cap_overage_rate=RATE)


def test_absurd_percentages_quantities_and_specs_are_refused() -> None:
    with pytest.raises(PercentOutOfRange):
        Failover(FailoverMode.MARKET_HASHPRICE, Decimal(1001))
    for percent in ("101", "-1", "NaN"):
        with pytest.raises(PercentOutOfRange):
            InfinityTerms(RATE, SPEC, 5, Decimal(percent), INFINITY.fee_basis, WALLET)
    for quantity in (0, -1, 1_000_001):
        with pytest.raises(QuantityOutOfRange):
            InfinityTerms(RATE, SPEC, quantity, Decimal(4), INFINITY.fee_basis, WALLET)
    for ths, jth in ((Fraction(-200), Fraction(17)), (Fraction(200), Fraction(0)), (Fraction(200), Fraction(10_001))):
        with pytest.raises(RatingOutOfRange):
            MinerSpec("S21", ths, jth)


def test_negative_amounts_and_mixed_currencies_are_refused() -> None:
    with pytest.raises(AmountNegative):
        FixedMonthly(Money(Decimal("-1.00"), "USD"))
    with pytest.raises(AmountNegative):
        ServicedSite("s1", Money(Decimal("-1.00"), "USD"))
    with pytest.raises(CurrencyMixed):
        contract(HOSTED, pricing=FIXED, currency="EUR")
    with pytest.raises(CurrencyMixed):
        contract(OM, pricing=OmTerms((SITE, ServicedSite("s2", Money(Decimal("1.00"), "EUR")))))


def test_unknown_zones_and_currencies_are_refused() -> None:
    with pytest.raises(BadInstant):
        contract(timezone="Mars/Olympus")
    with pytest.raises(BadAmount):
        contract(currency="BTC")


def test_rates_change_within_the_contract_only() -> None:
    agreed_rise = contract(escalators=(PercentEscalator(Decimal(10), date(2025, 7, 1), 6),))
    assert agreed_rise.rate_changes(date(2030, 1, 1)) == [(datetime(2025, 7, 1, tzinfo=UTC), Decimal("0.0825"))]
    for first_on in (date(2025, 1, 1), date(2024, 12, 31)):
        with pytest.raises(EscalatorOutOfRange):
            contract(escalators=(PercentEscalator(Decimal(10), first_on),))
    with pytest.raises(PricingNotOfType):
        contract(pricing=FIXED, escalators=(PercentEscalator(Decimal(10), date(2025, 7, 1)),))
    assert contract(OM).rate_changes(date(2030, 1, 1)) == []


def test_extras_need_something_to_work_on() -> None:
    demand, uptime = DemandCharge(Decimal("7.50")), UptimePromise(Decimal(95))
    assert contract(extras=(demand, uptime)).extras == (demand, uptime)
    assert contract(pricing=FIXED, extras=(uptime,)).extras == (uptime,)
    refused: list[tuple[ContractType, dict[str, Any]]] = [
        (HOSTED, {"pricing": FIXED, "extras": (demand,)}),
        (INF, {"extras": (uptime,)}),
        (OM, {"extras": (uptime,)}),
        (HOSTED, {"plan": Plan.PREPAID_31D, "extras": (uptime,)}),
    ]
    for kind, changes in refused:
        with pytest.raises(ExtrasNotAllowed):
            contract(kind, **changes)
    with pytest.raises(ExtraRepeated):
        contract(extras=(demand, DemandCharge(Decimal(1))))


def test_a_contract_billed_by_meter_alone_needs_one() -> None:
    assert contract(pricing=EnergyTerms(RATE, (Method.METERED,), power_cap_kw=Fraction(35))).needs_meter
    assert not contract().needs_meter


def test_every_refusal_names_field_and_remedy() -> None:
    with pytest.raises(RuleBroken) as refusal:
        contract(term=Term(TermKind.CUSTOM_DAYS, 0))
    assert (refusal.value.field, refusal.value.remedy) == ("term.days", "1 to 3660 days")
