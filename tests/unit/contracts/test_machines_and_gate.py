"""Where machines stand and what becomes of them, what splits a hand-over, and the gate before they run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.errors import RuleBroken
from common.money import Money
from contracts.domain.contract import Contract, ContractState
from contracts.domain.gate import (
    FirstInvoice,
    Required,
    Signatures,
    checked_open,
    gate_of,
    missing_deposit,
    missing_signatures,
)
from contracts.domain.hand_over import SplitBy, checked_instant, split_by
from contracts.domain.particulars import Deposit
from contracts.domain.places import Place, PlaceKind, placed
from contracts.domain.pricing import EnergyTerms, Method, Plan, PrepaidPlan
from contracts.domain.standing import SAID, moved_to
from contracts.domain.units import UnitState
from unit.contracts.agreements import ENERGY, FIXED, contract

RECEIVED, STAGED, UNASSIGNED, OUT, RETURNED = (
    UnitState.RECEIVED, UnitState.STAGED, UnitState.UNASSIGNED, UnitState.OUT_OF_SERVICE, UnitState.RETURNED,
)  # fmt: skip
ALLOWED = {
    (RECEIVED, STAGED), (RECEIVED, OUT), (RECEIVED, RETURNED), (STAGED, UNASSIGNED), (STAGED, OUT), (STAGED, RETURNED),
    (UNASSIGNED, STAGED), (UNASSIGNED, OUT), (UNASSIGNED, RETURNED), (OUT, STAGED), (OUT, UNASSIGNED), (OUT, RETURNED),
    (RETURNED, RECEIVED),
}  # fmt: skip
AT = datetime(2025, 3, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("before", sorted(SAID))
@pytest.mark.parametrize("after", sorted(UnitState))
def test_a_machine_goes_the_allowed_ways_alone(before: UnitState, after: UnitState) -> None:
    if before is after or (before, after) in ALLOWED:
        assert moved_to(before, after, is_held=False) is after
        return
    with pytest.raises(RuleBroken) as refused:
        moved_to(before, after, is_held=False)
    assert (refused.value.field, refused.value.status) == ("state", 409)


def test_a_machine_on_a_contract_is_only_taken_out_of_service_and_put_back() -> None:
    assert moved_to(UNASSIGNED, OUT, is_held=True) is OUT
    assert moved_to(OUT, STAGED, is_held=True) is STAGED
    with pytest.raises(RuleBroken, match="counts for a contract"):
        moved_to(UNASSIGNED, RETURNED, is_held=True)


def place(kind: PlaceKind, name: str, parent: Place | None = None, site: str = "s1") -> Place:
    return placed(f"p-{name}", site, kind, name, parent)


def test_places_stand_inside_each_other_and_are_named_by_their_path() -> None:
    hall = place(PlaceKind.BUILDING, "Hall 1")
    outlet = place(PlaceKind.OUTLET, "12", place(PlaceKind.PDU, "PDU-A", place(PlaceKind.RACK, "R07", hall)))
    assert (outlet.path, outlet.parent_id) == ("Hall 1/R07/PDU-A/12", "p-PDU-A")


@pytest.mark.parametrize(
    ("kind", "name", "parent", "site", "field"),
    [
        (PlaceKind.OUTLET, "1", None, "s1", "parent_id"),
        (PlaceKind.BUILDING, "B", PlaceKind.RACK, "s1", "parent_id"),
        (PlaceKind.RACK, "R", PlaceKind.OUTLET, "s1", "parent_id"),
        (PlaceKind.RACK, "R", PlaceKind.BUILDING, "s2", "parent_id"),
        (PlaceKind.RACK, "a/b", None, "s1", "name"),
        (PlaceKind.RACK, " ", None, "s1", "name"),
        (PlaceKind.RACK, "x" * 41, None, "s1", "name"),
    ],
)
def test_what_cannot_stand_there_is_refused(
    kind: PlaceKind, name: str, parent: PlaceKind | None, site: str, field: str
) -> None:
    around = None if parent is None else Place("p", "s1", parent, "P", "P")
    with pytest.raises(RuleBroken) as refused:
        placed("new", site, kind, name, around)
    assert refused.value.field == field
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("pricing", "is_fed", "register", "split"),
    [
        (ENERGY, True, None, SplitBy.METERED),
        (ENERGY, True, Fraction(1200), SplitBy.READING),
        (ENERGY, False, Fraction(1200), SplitBy.HASH),
        (EnergyTerms(ENERGY.rate_per_kwh, (Method.CALCULATED, Method.METERED)), True, None, SplitBy.CALCULATED),
        (EnergyTerms(ENERGY.rate_per_kwh, (Method.METERED,)), False, None, SplitBy.METERED),
        (FIXED, True, None, SplitBy.DAYS),
    ],
)
def test_what_splits_a_hand_over_is_the_first_method_that_the_machine_can_have(
    pricing: Any, is_fed: bool, register: Fraction | None, split: SplitBy
) -> None:
    assert split_by(pricing, is_fed=is_fed, register_kwh=register) is split


def test_a_hand_over_lies_within_the_assignment_that_it_ends() -> None:
    from_at, to_at = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
    assert checked_instant(AT, from_at, None) == AT
    for wrong in (from_at, to_at):
        with pytest.raises(RuleBroken) as refused:
            checked_instant(wrong, from_at, to_at)
        assert refused.value.field == "at"
    with pytest.raises(RuleBroken):
        split_by(ENERGY, is_fed=True, register_kwh=Fraction(-1))


def prepaid(**changes: Any) -> Contract:
    return contract(plan=Plan.PREPAID_31D, prepaid=PrepaidPlan(), **{"state": ContractState.ACTIVE, **changes})


def test_the_gate_opens_with_the_first_invoice_paid_and_the_agreement_signed() -> None:
    paid = FirstInvoice("INV-1", is_settled=True)
    assert gate_of(prepaid(), "u1", paid, []).is_open
    waits = gate_of(prepaid(), "u1", None, ["the agreement Hosting is not signed"])
    assert waits.missing == ("the first invoice is not made yet", "the agreement Hosting is not signed")
    assert gate_of(prepaid(), "u1", FirstInvoice("INV-1", is_settled=False), []).missing == (
        "invoice INV-1 is not paid",
    )
    assert gate_of(prepaid(state=ContractState.SUSPENDED), "u1", paid, []).missing == ("the contract is suspended",)
    assert gate_of(prepaid(state=ContractState.DRAFT), "u1", paid, []).missing == ("the contract is draft",)
    assert gate_of(contract(state=ContractState.ACTIVE), "u1", None, []).is_open
    with pytest.raises(RuleBroken, match="M-1 must not be energized: the first invoice"):
        checked_open(waits, "M-1")


def test_a_deposit_closes_the_gate_where_the_parties_agreed_so() -> None:
    kept, asked = (contract(deposit=Deposit(Money(Decimal(500), "USD"), opens_gate=opens)) for opens in (False, True))
    assert missing_deposit(kept, None) == missing_deposit(contract(), None) == []
    assert missing_deposit(asked, None) == ["the deposit is not invoiced yet"]
    unpaid = FirstInvoice("INV-2", is_settled=False)
    assert missing_deposit(asked, unpaid) == ["the deposit on invoice INV-2 is not paid"]
    assert missing_deposit(asked, replace(unpaid, is_settled=True)) == []


def test_a_signature_counts_from_the_accepted_version_on() -> None:
    hosting = Required("a1", "Hosting", 2)
    assert missing_signatures([hosting], Signatures({"a1": 2})) == []
    assert missing_signatures([hosting], Signatures({})) == ["the agreement Hosting is not signed"]
    (changed,) = missing_signatures([hosting], Signatures({"a1": 1}))
    assert "changed after its signature" in changed
    assert missing_signatures([hosting], Signatures({}, has_document=True)) == []
    assert missing_signatures([], Signatures({})) == ["the hosting agreement is not signed"]
    assert missing_signatures([], Signatures({"any": 1})) == []
