"""Which method counts at each instant: the first in the contract's order that is available (rule 4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metering.domain.intervals import Interval, Intervals, both, union, without
from metering.domain.line import Line
from metering.domain.values import Method


@dataclass(frozen=True, slots=True)
class Counted:
    """The time of a span by the method that counts; `nothing` is what no method covers."""

    by_method: Mapping[Method, Intervals]
    nothing: Intervals

    @property
    def billed(self) -> list[Interval]:
        """All time that some method covers."""
        return union(*self.by_method.values())


def counted(methods: Sequence[Method], lines: Mapping[Method, Line], span: Interval) -> Counted:
    """What one method does not cover falls to the next; methods that never count are left out."""
    rest: list[Interval] = [span] if span[0] < span[1] else []
    by_method: dict[Method, Intervals] = {}
    for method in methods:
        mine = both(rest, lines[method].available)
        if mine:
            by_method[method] = mine
            rest = without(rest, mine)
    return Counted(by_method, rest)


def zero_time(count: Counted, lines: Mapping[Method, Line]) -> list[Interval]:
    """The maximal runs in which the counting method's energy is exactly 0 (rule 6.4)."""
    return union(*(both(mine, lines[method].zero) for method, mine in count.by_method.items()))
