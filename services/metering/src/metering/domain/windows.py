"""Which contract is billed for a unit, and when: assignments within contracts, cut at every edge (rules 4.5, 4.6)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from metering.domain.instants import END_US, micros_of
from metering.domain.intervals import Interval
from metering.domain.refusals import BadWindow, UnitOnTwoContracts
from metering.domain.values import ContractWindow, Method


def clipped(
    assigned: tuple[datetime, datetime | None], contract: tuple[datetime, datetime | None]
) -> tuple[datetime, datetime | None] | None:
    """The part of an assignment that lies within its contract; None where there is none. None as end is open."""
    from_at = max(assigned[0], contract[0])
    ends = [end for end in (assigned[1], contract[1]) if end is not None]
    to_at = min(ends) if ends else None
    return None if to_at is not None and to_at <= from_at else (from_at, to_at)


def life_of_window(window: ContractWindow) -> Interval:
    """The window in microseconds."""
    return micros_of(window.from_at), END_US if window.to_at is None else micros_of(window.to_at)


def in_order(windows: Iterable[ContractWindow]) -> list[ContractWindow]:
    """The windows in order of time, empty ones left out; two at one instant are refused."""
    ordered = []
    for window in sorted(windows, key=lambda one: (*life_of_window(one), one.contract_id)):
        from_us, to_us = life_of_window(window)
        unknown = [method for method in window.methods if method not in set(Method)]
        if to_us < from_us or unknown:
            raise BadWindow(
                f"Contract {window.contract_id} has a window that ends before it begins, or {unknown} as methods.",
                field="windows",
                remedy="metered, hash and calculated, from before to",
            )
        if from_us < to_us:
            ordered.append(window)
    for earlier, later in pairwise(ordered):
        if life_of_window(later)[0] < life_of_window(earlier)[1]:
            raise UnitOnTwoContracts(
                f"From {later.from_at.isoformat()} on the unit is assigned to {earlier.contract_id} and to "
                f"{later.contract_id} (rule 4.5).",
                field="assignments",
                remedy="end the earlier assignment first",
            )
    return ordered


def cut(span: Interval, edges: Sequence[int]) -> list[Interval]:
    """The span in pieces that begin and end at the edges inside it."""
    inside = sorted({us for us in edges if span[0] < us < span[1]})
    return list(pairwise([span[0], *inside, span[1]])) if span[0] < span[1] else []
