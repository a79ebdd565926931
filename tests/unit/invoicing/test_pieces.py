"""Amended terms price from their instant on, each charge over its own time; days of rest cost no fixed amount (4.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from invoicing.domain.amendment import first_difference
from invoicing.domain.commitment import MinimumCommitment
from invoicing.domain.curtailment import CurtailmentSettlement
from invoicing.domain.demand import DemandCharge
from invoicing.domain.lines import Line, LineKind
from invoicing.domain.site_facts import Curtailment, Participant, SiteFacts
from invoicing.domain.terms import (
    ConnectorFee,
    ContractTerms,
    ContractType,
    Failover,
    FailoverMode,
    FeeBasis,
    FormerTerms,
    SiteFee,
    Spec,
)
from invoicing.domain.uptime import UptimePromise
from invoicing.domain.usage import FailoverUsage, Quarter
from support.billing import HASH, JANUARY, METERED, amounts, at, plain_terms, rated, rates, terms, used

HALF = at(16)
FIXED_RATE = Failover(FailoverMode.FIXED_RATE, rate=Decimal("0.05"))


def since_16(before: ContractTerms, **after: object) -> ContractTerms:
    """The terms as they were until the 16th, and what holds from then on."""
    names = ("methods", "failover", "fixed_monthly", "power_cap_kw", "overage_rate", "spec", "connector_fee", "extras")
    former = FormerTerms(HALF, **{name: getattr(before, name) for name in names})
    return replace(before, former=(former,), **after)  # type: ignore[arg-type]


def kinds(lines: tuple[Line, ...]) -> list[tuple[str, str]]:
    return [(line.kind.value, str(line.amount)) for line in lines]


def test_energy_goes_on_with_its_line_and_methods_stand_as_they_were_agreed() -> None:
    contract = since_16(terms(methods=(HASH,)), methods=(METERED, HASH), failover=FIXED_RATE)
    first = used("u1", "10.0005", to_at=HALF, method=HASH)
    second = used("u1", "20.0005", from_at=HALF, method=HASH)
    third = used("u2", "5", from_at=HALF)
    lines = rated(contract, first, second, third).lines
    assert [(line.method, str(line.kwh)) for line in lines] == [(HASH, "30.001"), (METERED, "5.000")]


def test_failover_is_priced_as_agreed_at_its_time_and_unbilled_before() -> None:
    contract = since_16(terms(failover=None), failover=FIXED_RATE)
    lost = FailoverUsage(Fraction(10))
    before = used("u1", to_at=HALF, unbilled_hours=Fraction(10))
    after = used("u1", from_at=HALF, failover=lost)
    done = rated(contract, before, after)
    assert kinds(done.lines) == [("failover", "1.75")]
    assert done.unbilled == {"u1": Fraction(10)}
    dearer = since_16(terms(failover=FIXED_RATE), failover=replace(FIXED_RATE, rate=Decimal("0.06")))
    both = rated(dearer, used("u1", to_at=HALF, failover=lost), after)
    assert kinds(both.lines) == [("failover", "1.75"), ("failover", "2.10")]
    same = since_16(terms(failover=FIXED_RATE), power_cap_kw=Decimal(50))
    assert kinds(rated(same, used("u1", to_at=HALF, failover=lost), after).lines) == [("failover", "3.50")]


def test_a_fixed_amount_is_shared_by_the_days_of_each() -> None:
    contract = since_16(plain_terms(fixed_monthly=Decimal(310)), fixed_monthly=Decimal(620))
    lines = rated(contract, used("u1", to_at=HALF), used("u1", from_at=HALF)).lines
    assert kinds(lines) == [("fixed", "150.00"), ("fixed", "320.00")]


def test_a_cap_counts_from_its_instant_on() -> None:
    contract = since_16(terms(), power_cap_kw=Decimal(4), overage_rate=Decimal("0.5"))
    early = used("u1", 100, to_at=HALF, quarters=(Quarter(at(5), {METERED: Fraction(3)}),))
    late = used("u1", 100, from_at=HALF, quarters=(Quarter(at(20), {METERED: Fraction(3)}),))
    done = rated(contract, early, late)
    assert kinds(done.lines) == [("energy", "15.00"), ("overage", "1.00")]
    assert [(cap.quarters, cap.peak_at) for cap in done.caps] == [(1, at(20))]
    same_cap = since_16(replace(contract, methods=(HASH,)), methods=(METERED,))
    (overage,) = (line for line in rated(same_cap, early, late).lines if line.kind is LineKind.OVERAGE)
    assert (overage.method, str(overage.amount)) == (METERED, "2.00")


def test_a_minimum_is_owed_for_the_time_for_which_it_was_agreed() -> None:
    contract = since_16(terms(), extras=(MinimumCommitment(Decimal(80), Decimal(10)),))
    lines = rated(contract, used("u1", 5000, to_at=HALF), used("u1", 1000, from_at=HALF)).lines
    # 80 % of 10 kW over 16 days is 3,072 kWh, 1,000 of them used: what was used before counts for nothing.
    assert kinds(lines) == [("energy", "450.00"), ("commitment", "155.40")]
    ended = since_16(terms(extras=(MinimumCommitment(Decimal(80), Decimal(10)),)), extras=())
    lines = rated(ended, used("u1", 1000, to_at=HALF), used("u1", 1000, from_at=HALF)).lines
    assert kinds(lines) == [("energy", "150.00"), ("commitment", "141.00")]


@pytest.mark.parametrize(("peak_day", "price"), [(5, "7"), (20, "9")])
def test_a_periods_one_peak_costs_what_was_agreed_when_it_was_reached(peak_day: int, price: str) -> None:
    contract = since_16(terms(extras=(DemandCharge(Decimal(7)),)), extras=(DemandCharge(Decimal(9)),))
    quarters = {5: Fraction(1), 20: Fraction(1)} | {peak_day: Fraction(2)}
    usage = [
        used("u1", 100, to_at=HALF, quarters=(Quarter(at(5), {METERED: quarters[5]}),)),
        used("u1", 100, from_at=HALF, quarters=(Quarter(at(20), {METERED: quarters[20]}),)),
    ]
    lines = rated(contract, *usage).lines
    assert [str(line.rate) for line in lines if line.kind is LineKind.DEMAND] == [price]


def test_a_promise_of_uptime_is_kept_or_missed_in_its_own_time() -> None:
    contract = since_16(terms(), extras=(UptimePromise(Decimal(90)),))
    down = used("u1", 1000, to_at=HALF, down_hours=Fraction(360))
    half_up = used("u1", 1000, from_at=HALF, up_hours=Fraction(192), down_hours=Fraction(192))
    assert kinds(rated(contract, down, half_up).lines) == [("energy", "150.00"), ("uptime_credit", "-30.00")]


def test_proceeds_are_shared_once_by_the_terms_under_which_their_event_ends() -> None:
    contract = since_16(
        terms(extras=(CurtailmentSettlement(proceeds_percent=Decimal(50)),)),
        extras=(CurtailmentSettlement(proceeds_percent=Decimal(80)),),
    )
    part = Participant("u1", "C1", Fraction(1))
    event = Curtailment("e1", at(15), at(17), proceeds=Decimal(100), participants=(part,))
    facts = SiteFacts(curtailments=[event])
    lines = rated(contract, used("u1", 0, to_at=HALF), used("u1", 0, from_at=HALF), facts=facts).lines
    assert kinds(lines)[1:] == [("curtailment", "-80.00")]


def test_a_fixed_hashrate_has_lines_for_each_of_its_terms() -> None:
    spec = Spec(Decimal(200), Decimal("17.5"), 5)
    fee = ConnectorFee(Decimal(4), FeeBasis.ENERGY_CHARGE)
    first = plain_terms(type=ContractType.INFINITY, rates=terms().rates, spec=spec, connector_fee=fee)
    lines = rated(since_16(first, spec=replace(spec, quantity=10))).lines
    assert kinds(lines) == [
        ("energy", "472.50"), ("connector_fee", "18.90"), ("energy", "1008.00"), ("connector_fee", "40.32"),
    ]  # fmt: skip


def test_what_is_amended_after_the_period_changes_nothing_in_it() -> None:
    later = replace(
        terms(), former=(FormerTerms(at(1, month=3), methods=(HASH,), failover=FIXED_RATE),), methods=(HASH,)
    )
    lost = used("u1", failover=FailoverUsage(Fraction(10)))
    assert rated(later, lost).lines == rated(terms(methods=(HASH,), failover=FIXED_RATE), lost).lines


def test_only_what_an_amendment_touches_is_priced_again() -> None:
    old = terms()
    amended = since_16(old, failover=FIXED_RATE)
    assert first_difference(old, amended) == HALF
    again = replace(amended, failover=None)
    assert first_difference(old, again) is None
    assert first_difference(amended, again) == HALF
    resting = replace(old, rests=((at(10), None),))
    assert first_difference(old, resting) == at(10)
    assert first_difference(resting, replace(old, rests=((at(10), at(12)),))) == at(12)


RESTS = ((at(10), at(12)), (at(30), None))


def test_what_a_suspended_contract_draws_is_billed_and_what_it_only_owes_for_time_is_not() -> None:
    """Four whole days: two within the month, two at its end."""
    contract = terms(rests=RESTS, failover=FIXED_RATE, extras=(MinimumCommitment(Decimal(100), Decimal(1)),))
    awake = used("u1", 500, to_at=at(10), failover=FailoverUsage(Fraction(1)))
    asleep = used("u1", 40, from_at=at(10), to_at=at(12), failover=FailoverUsage(Fraction(8)))
    lines = rated(contract, awake, asleep).lines
    # 1 kW over 27 days is 648 kWh; 540 metered, 3.5 by failover.
    assert kinds(lines) == [("energy", "40.50"), ("failover", "0.18"), ("commitment", "7.84")]
    assert rated(replace(contract, failover=None), replace(asleep, unbilled_hours=Fraction(8))).unbilled == {}


def test_fixed_amounts_and_a_fixed_hashrate_are_not_owed_for_days_of_rest() -> None:
    fixed = plain_terms(fixed_monthly=Decimal(310), rests=RESTS)
    spans = [(JANUARY.from_at, at(10)), (at(10), at(12)), (at(12), at(30)), (at(30), JANUARY.to_at)]
    assert amounts(rated(fixed, *(used("u1", from_at=a, to_at=b) for a, b in spans)).lines) == ["270.00"]
    sites = plain_terms(type=ContractType.OM, sites=(SiteFee("s1", Decimal(310)),), rests=RESTS)
    assert amounts(rated(sites).lines) == ["270.00"]
    spec = Spec(Decimal(200), Decimal("17.5"), 5)
    hashrate = plain_terms(type=ContractType.INFINITY, rates=rates((at(1), "0.1")), spec=spec, rests=RESTS)
    assert amounts(rated(hashrate).lines) == ["1134.00"]  # 17.5 kW for 27 days
    assert hashrate.awake(at(11), at(11) + timedelta(hours=1)) == []


def test_a_promise_is_not_tested_in_days_of_rest() -> None:
    contract = terms(rests=((at(16), None),), extras=(UptimePromise(Decimal(90)),))
    up = used("u1", 100, to_at=HALF, up_hours=Fraction(360))
    down = used("u1", 0, from_at=HALF, down_hours=Fraction(384))
    assert kinds(rated(contract, up, down).lines) == [("energy", "7.50")]


def test_a_contract_of_two_sites_has_a_new_fee_of_one_of_them_from_its_day_on() -> None:
    sites = (SiteFee("s1", Decimal(310), None, date(2025, 1, 15)), SiteFee("s1", Decimal(620), date(2025, 1, 16)))
    assert amounts(rated(plain_terms(type=ContractType.OM, sites=sites)).lines) == ["150.00", "320.00"]
    assert datetime(2024, 1, 1, tzinfo=UTC) == plain_terms(type=ContractType.OM, sites=sites).start_at
