"""What a person says of a machine, and which words may follow which (CM-22; `assigned` follows from assignments)."""

from __future__ import annotations

from common.errors import Conflict
from contracts.domain.units import UnitState

RECEIVED, STAGED, UNASSIGNED, OUT, RETURNED = (
    UnitState.RECEIVED,
    UnitState.STAGED,
    UnitState.UNASSIGNED,
    UnitState.OUT_OF_SERVICE,
    UnitState.RETURNED,
)
SAID = frozenset({RECEIVED, STAGED, UNASSIGNED, OUT, RETURNED})
"""The states that are set by hand; `reserved` and `assigned` are found out."""
AWAY = frozenset({RECEIVED, OUT, RETURNED})
"""Those in which no contract can take the machine, whatever else is known of it."""
_MAY_FOLLOW = {
    RECEIVED: frozenset({STAGED, OUT, RETURNED}),
    STAGED: frozenset({UNASSIGNED, OUT, RETURNED}),
    UNASSIGNED: frozenset({STAGED, OUT, RETURNED}),
    OUT: frozenset({STAGED, UNASSIGNED, RETURNED}),
    RETURNED: frozenset({RECEIVED}),
}


class UnitStateNotReachable(Conflict):
    """A machine does not come from that state into this one."""

    code = "unit_state_not_reachable"


class UnitStillAssigned(Conflict):
    """A machine that counts for a contract is not sent away or put back."""

    code = "unit_still_assigned"


def moved_to(before: UnitState, after: UnitState, *, is_held: bool) -> UnitState:
    """The new word for a machine. One that a contract or a draft holds can only be taken out of service (CB-110)."""
    if after not in SAID:
        raise UnitStateNotReachable(
            f"A unit is not made {after.value} by hand.", field="state", remedy="assign it to a contract"
        )
    if before is after:
        return after
    if after not in _MAY_FOLLOW[before]:
        allowed = ", ".join(sorted(one.value for one in _MAY_FOLLOW[before]))
        raise UnitStateNotReachable(
            f"A unit that is {before.value} does not become {after.value}.", field="state", remedy=allowed
        )
    if is_held and after is not OUT and before is not OUT:
        raise UnitStillAssigned(
            f"The unit counts for a contract, or is reserved for one; it cannot become {after.value}.",
            field="state",
            remedy="release it first, or take it out of service",
        )
    return after
