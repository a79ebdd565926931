"""Which unit counts for which contract, and when (rule 4.5, X1, CM-21 to CM-24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from common.clock import instant_text
from common.errors import RuleBroken


class UnitAlreadyAssigned(RuleBroken):
    """The unit counts for another contract at an instant of the new assignment."""

    code = "unit_already_assigned"
    status = 409


class UnitReserved(RuleBroken):
    """Another draft holds the unit."""

    code = "unit_reserved"
    status = 409


class AssignmentEndsBeforeStart(RuleBroken):
    """An assignment has to last for some time."""

    code = "assignment_ends_before_start"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit for one contract over half-open [from_at, to_at); no `to_at`: as long as the contract, however long."""

    unit_id: str
    contract_id: str
    from_at: datetime
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.to_at is not None and self.to_at <= self.from_at:
            raise AssignmentEndsBeforeStart(
                f"The unit {self.unit_id} would leave at {instant_text(self.to_at)}, not after its start (rule 2.3).",
                field="to_at",
                remedy=f"after {instant_text(self.from_at)}",
            )

    def overlaps(self, other: Assignment) -> bool:
        """Whether both hold the same unit at one instant; touching edges do not."""
        return (
            self.unit_id == other.unit_id
            and (self.to_at is None or other.from_at < self.to_at)
            and (other.to_at is None or self.from_at < other.to_at)
        )


@dataclass(frozen=True, slots=True)
class Reservation:
    """A draft's hold on a unit. It never makes the unit contracted (X1)."""

    unit_id: str
    contract_id: str


def checked_assignment(existing: Iterable[Assignment], new: Assignment) -> Assignment:
    """The new assignment, unless the unit is taken at some instant of it."""
    for other in existing:
        if other.overlaps(new):
            until = "on" if other.to_at is None else f"until {instant_text(other.to_at)}"
            raise UnitAlreadyAssigned(
                f"Unit {new.unit_id} counts for contract {other.contract_id} from "
                f"{instant_text(other.from_at)} {until} (rule 4.5).",
                field="unit_id",
                remedy="end that assignment first, or begin this one when it ends",
            )
    return new


def checked_reservation(
    existing: Iterable[Reservation], assignments: Iterable[Assignment], new: Reservation, from_at: datetime
) -> Reservation:
    """The draft's hold, unless another draft has the unit or an assignment reaches past the draft's start."""
    for held in existing:
        if held.unit_id == new.unit_id and held.contract_id != new.contract_id:
            raise UnitReserved(
                f"Unit {new.unit_id} is reserved by the draft {held.contract_id}.",
                field="unit_ids",
                remedy="release it there first",
            )
    checked_assignment(assignments, Assignment(new.unit_id, new.contract_id, from_at))
    return new


def released(assignment: Assignment, at: datetime) -> Assignment | None:
    """The assignment ended at an instant; none where it had not begun. One that ended earlier stays as it is."""
    if at <= assignment.from_at:
        return None
    if assignment.to_at is not None and assignment.to_at <= at:
        return assignment
    return replace(assignment, to_at=at)


def within(assignment: Assignment, from_at: datetime, to_at: datetime | None) -> Assignment | None:
    """The part of an assignment that counts: inside its contract's span (rule 4.5)."""
    start = max(assignment.from_at, from_at)
    ends = [at for at in (assignment.to_at, to_at) if at is not None]
    end = min(ends) if ends else None
    if end is not None and end <= start:
        return None
    return replace(assignment, from_at=start, to_at=end)


def holder_at(assignments: Iterable[Assignment], unit_id: str, at: datetime) -> str | None:
    """The contract that a unit counts for at an instant; none: it is uncontracted."""
    for assignment in assignments:
        begun = assignment.unit_id == unit_id and assignment.from_at <= at
        if begun and (assignment.to_at is None or at < assignment.to_at):
            return assignment.contract_id
    return None
