"""What moves an active contract: a new rate, another end, renewal, extension, its end (CB-09, CB-12, CB-13, CB-29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from common.clock import instant_text
from common.errors import Conflict, RuleBroken
from contracts.domain.activation import NotActive, checked_active
from contracts.domain.assignments import Assignment, checked_assignment, released, within
from contracts.domain.contract import Contract, ContractState, ContractType
from contracts.domain.escalators import Amendment
from contracts.domain.extensions import extended
from contracts.domain.particulars import EarlyEnd
from contracts.domain.pricing import EnergyTerms, InfinityTerms
from contracts.domain.renewal import AutoRenewal, renewed, renews
from contracts.domain.repricing import TermNotOfContract
from contracts.domain.terms import with_end


class NotALease(RuleBroken):
    """Manual extensions exist for leases alone (CB-13)."""

    code = "not_a_lease"


class AmendmentOutsideContract(RuleBroken):
    """New terms from an instant at which the contract does not count."""

    code = "amendment_outside_contract"


class NotOverYet(Conflict):
    """A contract ends at its end instant, not before; set an earlier end instead."""

    code = "not_over_yet"


def with_end_on(contract: Contract, end_on: date) -> Contract:
    """The contract with its last day set by hand, draft or active; the override is remembered (CB-29)."""
    if contract.state is ContractState.ENDED:
        raise NotActive("The contract has ended.", field="state", remedy="make a new contract")
    return replace(contract, tenure=with_end(contract.tenure, end_on))


def cut_short(contract: Contract, end_on: date, reason: str, *, waive_fee: bool = False) -> Contract:
    """An active contract with another last day and no renewal; what was agreed is remembered, so that an end before
    it has its price. An end set again counts against the first agreement, never against the cut."""
    before = checked_active(contract).early_end
    agreed_on = before.agreed_end_on if before is not None else contract.tenure.end_on
    moved = replace(with_end_on(contract, end_on), auto_renewal=None)
    is_early = agreed_on is not None and end_on < agreed_on
    early = EarlyEnd(agreed_on, reason, waive_fee) if is_early and agreed_on is not None else None
    return replace(moved, early_end=early)


def with_rate(contract: Contract, amendment: Amendment) -> Contract:
    """An active contract with a new rate from an instant on; lines split there (rule 4.6).

    Amended again at the same instant, only the last word counts; at its start, the first rate is another.
    """
    from_at, to_at = checked_active(contract).from_at, contract.to_at
    if amendment.from_at < from_at or (to_at is not None and amendment.from_at >= to_at):
        raise AmendmentOutsideContract(
            f"At {instant_text(amendment.from_at)} the contract does not count.",
            field="effective_at",
            remedy=f"from {instant_text(from_at)} on" + ("" if to_at is None else f" and before {instant_text(to_at)}"),
        )
    if not isinstance(contract.pricing, EnergyTerms | InfinityTerms):
        raise TermNotOfContract(
            "The contract charges in another way and has no rate per kWh.", field="rate_per_kwh", remedy="leave it out"
        )
    if amendment.from_at == from_at:
        return replace(contract, pricing=replace(contract.pricing, rate_per_kwh=amendment.rate_per_kwh))
    others = (one for one in contract.amendments if one.from_at != amendment.from_at)
    return replace(contract, amendments=tuple(sorted((*others, amendment), key=lambda one: one.from_at)))


def extended_by_hand(contract: Contract) -> Contract:
    """A lease one term longer (CB-13)."""
    if contract.type is not ContractType.LEASE:
        raise NotALease(
            f"A contract of type {contract.type.value} is not extended by hand.",
            field="type",
            remedy="set another end, or make a new contract",
        )
    tenure, extensions = extended(checked_active(contract).tenure, contract.extensions)
    return replace(contract, tenure=tenure, extensions=extensions)


def with_renewal(contract: Contract, renewal: AutoRenewal | None) -> Contract:
    """The contract with automatic renewal switched on, changed or off."""
    return replace(contract, auto_renewal=renewal)


def at_end(contract: Contract, at: datetime) -> Contract:
    """What the end instant makes of an active contract: one term longer where it renews, else ended (CB-09, CB-12)."""
    end_at = checked_active(contract).to_at
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
