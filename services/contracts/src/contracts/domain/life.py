"""A contract's life: draft, active, ended, and what moves it (CB-07, CB-12, CB-21, CB-25, CB-32, CB-40, CB-41)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.clock import instant_text
from common.errors import Conflict, RuleBroken
from contracts.domain.assignments import Assignment, checked_assignment, released, within
from contracts.domain.contract import Contract, ContractState, ContractType, UnitsNotAllowed
from contracts.domain.extensions import extended
from contracts.domain.pricing import OmTerms
from contracts.domain.renewal import AutoRenewal, renewed, renews
from contracts.domain.terms import with_end
from contracts.domain.units import SELECTABLE, Unit, UnitBelongsToAnother, UnitNotSelectable


class NotADraft(Conflict):
    """Only a draft is activated or changed freely."""

    code = "not_a_draft"


class NotActive(Conflict):
    """Only an active contract is amended, renewed, extended or ended."""

    code = "not_active"


class NotALease(RuleBroken):
    """Manual extensions exist for leases alone (CB-13)."""

    code = "not_a_lease"


class UnitsMissing(RuleBroken):
    """A hosted or lease contract needs at least one unit before activation."""

    code = "units_missing"


class SitesMissing(RuleBroken):
    """An O&M contract needs at least one site before activation."""

    code = "sites_missing"


class SitesRepeated(RuleBroken):
    """One site stands twice in an O&M contract."""

    code = "sites_repeated"


class OutletMissing(RuleBroken):
    """The metered method alone, and a unit without an outlet: it could never be billed (CB-32)."""

    code = "outlet_missing"


class NotOverYet(Conflict):
    """A contract ends at its end instant, not before; set an earlier end instead."""

    code = "not_over_yet"


@dataclass(frozen=True, slots=True)
class Activation:
    """What an activation makes: the active contract and the assignments its reservations became."""

    contract: Contract
    assignments: tuple[Assignment, ...]


def checked_unit(contract: Contract, unit: Unit) -> Unit:
    """The unit, if this contract may take it."""
    if not contract.takes_units:
        raise UnitsNotAllowed(
            f"A contract of type {contract.type.value} takes no units.", field="unit_ids", remedy="leave them out"
        )
    if unit.state not in SELECTABLE:
        raise UnitNotSelectable(
            f"Unit {unit.serial} is {unit.state.value}.", field="unit_ids", remedy="a staged or unassigned unit"
        )
    return checked_owner(contract, unit)


def checked_owner(contract: Contract, unit: Unit) -> Unit:
    """The unit, if it is the host's for a lease or this customer's for a hosted contract."""
    wanted = None if contract.type is ContractType.LEASE else contract.customer_id
    if unit.owner_customer_id != wanted:
        whose = "the host's inventory" if wanted is None else "the contract's customer"
        raise UnitBelongsToAnother(
            f"Unit {unit.serial} does not belong to {whose}.", field="unit_ids", remedy=f"a unit of {whose}"
        )
    return unit


def activated(
    draft: Contract,
    number: str,
    at: datetime,
    units: Sequence[Unit] = (),
    existing: Sequence[Assignment] = (),
    outlets: frozenset[str] | None = None,
) -> Activation:
    """The draft made active: its reserved `units` become assignments from the contract's start.

    `existing` are the assignments of those units as they count (`counted`); `outlets` the ids of units that an outlet
    feeds (None: not known, not checked). The number is the store's: gapless, given only when nothing refuses (CB-41).
    """
    if draft.state is not ContractState.DRAFT:
        raise NotADraft(f"The contract is {draft.state.value}.", field="state", remedy="activate a draft")
    _check_sites(draft)
    _check_units(draft, units, outlets)
    made = []
    for unit in units:
        made.append(
            checked_assignment(existing, Assignment(unit.unit_id, draft.contract_id, draft.from_at, draft.to_at))
        )
    active = replace(draft, state=ContractState.ACTIVE, number=number, activated_at=at)
    return Activation(active, tuple(made))


def _check_sites(draft: Contract) -> None:
    if not isinstance(draft.pricing, OmTerms):
        return
    sites = [site.site_id for site in draft.pricing.sites]
    if not sites:
        raise SitesMissing("An O&M contract needs a site before activation.", field="sites", remedy="add a site")
    if len(set(sites)) != len(sites):
        raise SitesRepeated("A site stands twice in the contract.", field="sites", remedy="one entry a site")


def _check_units(draft: Contract, units: Sequence[Unit], outlets: frozenset[str] | None) -> None:
    if not draft.takes_units:
        if units:
            raise UnitsNotAllowed(
                f"A contract of type {draft.type.value} takes no units.", field="unit_ids", remedy="leave them out"
            )
        return
    if not units:
        raise UnitsMissing(
            f"A {draft.type.value} contract needs a unit before activation.", field="unit_ids", remedy="reserve a unit"
        )
    for unit in units:
        checked_owner(draft, unit)
        if draft.needs_meter and outlets is not None and unit.unit_id not in outlets:
            raise OutletMissing(
                f"Unit {unit.serial} is fed by no outlet, and the contract is billed by meter alone.",
                field="unit_ids",
                remedy="map an outlet to it, or add hash or calculated as a second method",
            )


def _active(contract: Contract) -> Contract:
    if contract.state is not ContractState.ACTIVE:
        raise NotActive(f"The contract is {contract.state.value}.", field="state", remedy="an active contract")
    return contract


def assigned(contract: Contract, unit: Unit, from_at: datetime, existing: Sequence[Assignment]) -> Assignment:
    """A unit added to an active contract from an instant on (CB-110, CM-23); `existing` as they count."""
    checked_unit(_active(contract), unit)
    new = Assignment(unit.unit_id, contract.contract_id, max(from_at, contract.from_at))
    part = within(new, contract.from_at, contract.to_at)
    if part is None:
        raise NotActive("The contract is over by then.", field="from_at", remedy="an instant within the contract")
    checked_assignment(existing, part)
    return new


def with_end_on(contract: Contract, end_on: date) -> Contract:
    """The contract with its last day set by hand, draft or active; the override is remembered (CB-29)."""
    if contract.state is ContractState.ENDED:
        raise NotActive("The contract has ended.", field="state", remedy="make a new contract")
    return replace(contract, tenure=with_end(contract.tenure, end_on))


def extended_by_hand(contract: Contract) -> Contract:
    """A lease one term longer (CB-13)."""
    if contract.type is not ContractType.LEASE:
        raise NotALease(
            f"A contract of type {contract.type.value} is not extended by hand.",
            field="type",
            remedy="set another end, or make a new contract",
        )
    tenure, extensions = extended(_active(contract).tenure, contract.extensions)
    return replace(contract, tenure=tenure, extensions=extensions)


def with_renewal(contract: Contract, renewal: AutoRenewal | None) -> Contract:
    """The contract with automatic renewal switched on, changed or off."""
    return replace(contract, auto_renewal=renewal)


def at_end(contract: Contract, at: datetime) -> Contract:
    """What the end instant makes of an active contract: one term longer where it renews, else ended (CB-09, CB-12)."""
    end_at = _active(contract).to_at
    if end_at is None or at < end_at:
        until = "no end" if end_at is None else f"its end at {instant_text(end_at)}"
        raise NotOverYet(f"The contract has {until}.", field="at", remedy="set another end first")
    if contract.auto_renewal is not None and renews(contract.tenure, contract.auto_renewal):
        return replace(contract, tenure=renewed(contract.tenure, contract.auto_renewal))
    return replace(contract, state=ContractState.ENDED, ended_at=end_at)


def counted(contract: Contract, assignments: Sequence[Assignment]) -> list[Assignment]:
    """The contract's assignments as they count: cut to its span (rule 4.5).

    A contract that renews by itself holds its units beyond its end, until it is known to end.
    """
    open_ended = contract.state is not ContractState.ENDED and renews(contract.tenure, contract.auto_renewal)
    kept = (within(held, contract.from_at, None if open_ended else contract.to_at) for held in assignments)
    return [held for held in kept if held is not None]


def checked_growth(contract: Contract, own: Sequence[Assignment], others: Sequence[Assignment]) -> Contract:
    """A contract that got longer (extension, later end), unless another one has a unit of it by then."""
    for held in counted(contract, own):
        checked_assignment(others, held)
    return contract


def all_released(assignments: Sequence[Assignment], at: datetime) -> list[Assignment]:
    """Every assignment ended at the latest at an instant: the machines of a lease are the host's again (CB-12)."""
    ended = (released(assignment, at) for assignment in assignments)
    return [assignment for assignment in ended if assignment is not None]
