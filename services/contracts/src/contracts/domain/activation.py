"""From a draft to an active contract: conditions, and reservations that become assignments (CB-07, CB-21 to CB-41)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.errors import Conflict, RuleBroken
from contracts.domain.assignments import Assignment, checked_assignment, within
from contracts.domain.contract import RUNNING, Contract, ContractState, ContractType, UnitsNotAllowed
from contracts.domain.pricing import OmTerms, SitesRepeated, checked_site_days
from contracts.domain.units import SELECTABLE, Unit, UnitBelongsToAnother, UnitNotSelectable


class NotADraft(Conflict):
    """Only a draft is activated or changed freely."""

    code = "not_a_draft"


class NotActive(Conflict):
    """Only an active contract is amended, renewed, extended or ended."""

    code = "not_active"


class UnitsMissing(RuleBroken):
    """A hosted or lease contract needs at least one unit before activation."""

    code = "units_missing"


class SitesMissing(RuleBroken):
    """An O&M contract needs at least one site before activation."""

    code = "sites_missing"


class OutletMissing(RuleBroken):
    """The metered method alone, and a unit without an outlet: it could never be billed (CB-32)."""

    code = "outlet_missing"


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
    for refusal in missing_for_activation(draft, units, outlets):
        raise refusal
    made = []
    for unit in units:
        checked_assignment(existing, Assignment(unit.unit_id, draft.contract_id, draft.from_at, draft.to_at))
        made.append(Assignment(unit.unit_id, draft.contract_id, draft.from_at))
    active = replace(draft, state=ContractState.ACTIVE, number=number, activated_at=at)
    return Activation(active, tuple(made))


def missing_for_activation(
    draft: Contract, units: Sequence[Unit], outlets: frozenset[str] | None = None
) -> list[RuleBroken]:
    """Everything that keeps a draft from being activated, in the order in which a person would mend it."""
    return [*_about_sites(draft), *_about_units(draft, units, outlets)]


def _about_sites(draft: Contract) -> Iterator[RuleBroken]:
    if not isinstance(draft.pricing, OmTerms):
        return
    if not draft.pricing.sites:
        yield SitesMissing("An O&M contract needs a site before activation.", field="sites", remedy="add a site")
    try:
        checked_site_days(draft.pricing.sites)
    except SitesRepeated as refusal:
        yield refusal


def _about_units(draft: Contract, units: Sequence[Unit], outlets: frozenset[str] | None) -> Iterator[RuleBroken]:
    if draft.takes_units and not units:
        yield UnitsMissing(
            f"A {draft.type.value} contract needs a unit before activation.", field="unit_ids", remedy="reserve a unit"
        )
    if not draft.takes_units and units:
        yield UnitsNotAllowed(
            f"A contract of type {draft.type.value} takes no units.", field="unit_ids", remedy="leave them out"
        )
        return
    for unit in units:
        try:
            checked_owner(draft, unit)
        except UnitBelongsToAnother as refusal:
            yield refusal
        if draft.needs_meter and outlets is not None and unit.unit_id not in outlets:
            yield OutletMissing(
                f"Unit {unit.serial} is fed by no outlet, and the contract is billed by meter alone.",
                field="unit_ids",
                remedy="map an outlet to it, or add hash or calculated as a second method",
            )


def checked_active(contract: Contract) -> Contract:
    """The contract, if it is in force: active, or suspended for a while."""
    if contract.state not in RUNNING:
        raise NotActive(f"The contract is {contract.state.value}.", field="state", remedy="an active contract")
    return contract


def assigned(contract: Contract, unit: Unit, from_at: datetime, existing: Sequence[Assignment]) -> Assignment:
    """A unit added to an active contract from an instant on (CB-110, CM-23); `existing` as they count."""
    checked_unit(checked_active(contract), unit)
    new = Assignment(unit.unit_id, contract.contract_id, max(from_at, contract.from_at))
    part = within(new, contract.from_at, contract.to_at)
    if part is None:
        raise NotActive("The contract is over by then.", field="from_at", remedy="an instant within the contract")
    checked_assignment(existing, part)
    return new
