"""From draft to active to ended, and who holds which unit meanwhile (CB-07, CB-12, CB-21, CB-25, CB-29, CB-41)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from common.errors import Conflict
from contracts.domain.activation import (
    NotActive,
    NotADraft,
    OutletMissing,
    SitesMissing,
    UnitsMissing,
    activated,
    assigned,
    checked_unit,
)
from contracts.domain.assignments import Assignment, UnitAlreadyAssigned
from contracts.domain.contract import Contract, ContractState, ContractType, UnitsNotAllowed
from contracts.domain.escalators import Amendment
from contracts.domain.extensions import Extensions, ExtensionsExhausted
from contracts.domain.life import (
    AmendmentOutsideContract,
    NotALease,
    NotOverYet,
    all_released,
    at_end,
    checked_growth,
    counted,
    extended_by_hand,
    with_end_on,
    with_rate,
    with_renewal,
)
from contracts.domain.pricing import EnergyTerms, Method, OmTerms, SitesRepeated
from contracts.domain.renewal import AutoRenewal, give_notice
from contracts.domain.repricing import TermNotOfContract
from contracts.domain.units import UnitBelongsToAnother, UnitNotSelectable, UnitState
from unit.contracts.agreements import ENERGY, FIXED, SITE, START, YEAR_END, contract, unit

HOSTED, LEASE, INF, OM = ContractType.HOSTED, ContractType.LEASE, ContractType.INFINITY, ContractType.OM
NOW = datetime(2024, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def active(kind: ContractType = HOSTED) -> Contract:
    return replace(contract(kind), state=ContractState.ACTIVE, number="C-1", activated_at=NOW)


def test_activation_gives_the_number_and_makes_the_reservations_assignments() -> None:
    done = activated(contract(), "2025-0001", NOW, [unit("u1"), unit("u2")])
    assert (done.contract.state, done.contract.number, done.contract.activated_at) == (
        ContractState.ACTIVE,
        "2025-0001",
        NOW,
    )
    assert [(held.unit_id, held.from_at, held.to_at) for held in done.assignments] == [
        ("u1", START, None),
        ("u2", START, None),
    ]


@pytest.mark.parametrize("kind", [HOSTED, LEASE])
def test_hosted_and_lease_need_a_unit(kind: ContractType) -> None:
    with pytest.raises(UnitsMissing):
        activated(contract(kind), "1", NOW)


def test_a_lease_takes_the_hosts_units_and_a_hosted_contract_its_customers() -> None:
    assert activated(contract(LEASE), "1", NOW, [unit(owner=None)]).assignments
    for kind, owner in ((LEASE, "A"), (HOSTED, None), (HOSTED, "B")):
        with pytest.raises(UnitBelongsToAnother):
            activated(contract(kind), "1", NOW, [unit(owner=owner)])


def test_infinity_is_active_at_once_and_takes_no_units() -> None:
    assert activated(contract(INF), "1", NOW).contract.state is ContractState.ACTIVE
    with pytest.raises(UnitsNotAllowed):
        activated(contract(INF), "1", NOW, [unit()])
    with pytest.raises(UnitsNotAllowed):
        checked_unit(contract(OM), unit())


def test_om_needs_a_site_and_each_once() -> None:
    assert activated(contract(OM), "1", NOW).assignments == ()
    with pytest.raises(SitesMissing):
        activated(contract(OM, pricing=OmTerms()), "1", NOW)
    with pytest.raises(SitesRepeated):
        activated(contract(OM, pricing=OmTerms((SITE, SITE))), "1", NOW)


def test_by_meter_alone_every_unit_needs_an_outlet() -> None:
    metered = contract(pricing=EnergyTerms(Decimal("0.07"), (Method.METERED,)))
    with pytest.raises(OutletMissing):
        activated(metered, "1", NOW, [unit()], outlets=frozenset())
    assert activated(metered, "1", NOW, [unit()], outlets=frozenset({"u1"})).assignments
    assert activated(contract(), "1", NOW, [unit()], outlets=frozenset()).assignments


def test_only_a_draft_is_activated() -> None:
    with pytest.raises(NotADraft):
        activated(active(), "2", NOW, [unit()])


def test_a_unit_of_another_contract_at_one_instant_is_refused_and_touching_is_fine() -> None:
    other = Assignment("u1", "C0", START - 100 * HOUR, START)
    assert activated(contract(), "1", NOW, [unit()], [other]).assignments
    with pytest.raises(UnitAlreadyAssigned) as refusal:
        activated(contract(), "1", NOW, [unit()], [replace(other, to_at=START + HOUR)])
    assert "C0" in refusal.value.message
    after = Assignment("u1", "C2", YEAR_END)
    assert activated(contract(), "1", NOW, [unit()], [after]).assignments


@pytest.mark.parametrize("state", [UnitState.RESERVED, UnitState.ASSIGNED, UnitState.OUT_OF_SERVICE])
def test_only_staged_or_unassigned_units_are_selectable(state: UnitState) -> None:
    assert checked_unit(contract(), unit(state=UnitState.STAGED))
    with pytest.raises(UnitNotSelectable):
        checked_unit(contract(), unit(state=state))


def test_a_unit_is_added_from_an_instant_within_the_contract() -> None:
    at = START + 10 * HOUR
    assert assigned(active(), unit(), at, []) == Assignment("u1", "C1", at)
    assert assigned(active(), unit(), START - HOUR, []).from_at == START
    with pytest.raises(NotActive):
        assigned(active(), unit(), YEAR_END, [])
    with pytest.raises(NotActive):
        assigned(contract(), unit(), at, [])
    with pytest.raises(UnitAlreadyAssigned):
        assigned(active(), unit(), at, [Assignment("u1", "C1", START)])


def test_a_new_rate_lies_inside_the_contract_and_once_an_instant() -> None:
    amended = with_rate(active(), Amendment(START + HOUR, Decimal("0.08")))
    amended = with_rate(amended, Amendment(START + 30 * timedelta(minutes=1), Decimal("0.09")))
    assert [one.rate_per_kwh for one in amended.amendments] == [Decimal("0.09"), Decimal("0.08")]
    for at in (START - HOUR, YEAR_END):
        with pytest.raises(AmendmentOutsideContract):
            with_rate(active(), Amendment(at, Decimal("0.08")))
    again = with_rate(amended, Amendment(START + HOUR, Decimal("0.07")))
    assert [one.rate_per_kwh for one in again.amendments] == [Decimal("0.09"), Decimal("0.07")]
    from_its_start = with_rate(amended, Amendment(START, Decimal("0.06")))
    assert (from_its_start.rate_changes(date(2026, 1, 1)), from_its_start.amendments) == (
        amended.rate_changes(date(2026, 1, 1)),
        amended.amendments,
    )
    assert from_its_start.pricing == replace(ENERGY, rate_per_kwh=Decimal("0.06"))
    with pytest.raises(TermNotOfContract) as refused:
        with_rate(replace(active(), pricing=FIXED), Amendment(START + HOUR, Decimal("0.07")))
    assert refused.value.field == "rate_per_kwh"
    with pytest.raises(NotActive):
        with_rate(contract(), Amendment(START + HOUR, Decimal("0.07")))


def test_a_lease_is_extended_three_times() -> None:
    lease = active(LEASE)
    for _ in range(3):
        lease = extended_by_hand(lease)
    assert lease.tenure.end_on == date(2028, 12, 31)
    assert lease.extensions == Extensions(3, 3)
    with pytest.raises(ExtensionsExhausted):
        extended_by_hand(lease)


def test_only_an_active_lease_is_extended() -> None:
    with pytest.raises(NotALease):
        extended_by_hand(active(HOSTED))
    with pytest.raises(NotActive):
        extended_by_hand(contract(LEASE))


def test_an_end_by_hand_moves_draft_and_active_alike() -> None:
    assert with_end_on(contract(), date(2025, 6, 30)).tenure.end_overridden
    assert with_end_on(active(), date(2025, 6, 30)).to_at == datetime(2025, 7, 1, tzinfo=UTC)
    with pytest.raises(NotActive):
        with_end_on(replace(active(), state=ContractState.ENDED), date(2025, 6, 30))


def test_the_end_instant_ends_or_renews() -> None:
    ended = at_end(active(), YEAR_END)
    assert (ended.state, ended.ended_at) == (ContractState.ENDED, YEAR_END)
    going = with_renewal(active(), AutoRenewal())
    assert at_end(going, YEAR_END).tenure.end_on == date(2026, 12, 31)
    noticed = with_renewal(active(), give_notice(AutoRenewal(), date(2025, 11, 1)))
    assert at_end(noticed, YEAR_END).state is ContractState.ENDED
    late = at_end(active(), YEAR_END + 48 * HOUR)
    assert late.ended_at == YEAR_END


def test_before_its_end_nothing_ends() -> None:
    with pytest.raises(NotOverYet):
        at_end(active(), YEAR_END - timedelta(microseconds=1))
    with pytest.raises(Conflict):
        at_end(contract(), YEAR_END)


def test_assignments_count_within_the_contract_and_beyond_while_it_renews() -> None:
    held = [Assignment("u1", "C1", START - HOUR), Assignment("u2", "C1", YEAR_END)]
    assert counted(active(), held) == [Assignment("u1", "C1", START, YEAR_END)]
    renewing = with_renewal(active(), AutoRenewal())
    assert counted(renewing, held) == [Assignment("u1", "C1", START), Assignment("u2", "C1", YEAR_END)]


def test_a_lease_cannot_grow_into_the_next_contract_of_its_unit() -> None:
    longer = extended_by_hand(active(LEASE))
    own = [Assignment("u1", "C1", START)]
    assert checked_growth(longer, own, [Assignment("u2", "C2", YEAR_END)]) is longer
    with pytest.raises(UnitAlreadyAssigned):
        checked_growth(longer, own, [Assignment("u1", "C2", YEAR_END)])


def test_at_expiry_every_unit_is_free_again() -> None:
    held = [
        Assignment("u1", "C1", START),
        Assignment("u2", "C1", START, START + HOUR),
        Assignment("u3", "C1", YEAR_END),
    ]
    assert all_released(held, YEAR_END) == [Assignment("u1", "C1", START, YEAR_END), held[1]]
