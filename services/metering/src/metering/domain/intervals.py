"""Sets of time as sorted, disjoint, never touching half-open intervals of microseconds.

Every rule that speaks of "the time in which" is written with these: which outlet is measured, which method is
available, what is left over for failover.
"""

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]
Intervals = Sequence[Interval]


def union(*sets: Iterable[Interval]) -> list[Interval]:
    """The time in any of them; touching and overlapping intervals merge, empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(interval for one in sets for interval in one if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def both(left: Intervals, right: Intervals) -> list[Interval]:
    """The time in both."""
    shared: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def without(whole: Intervals, holes: Intervals) -> list[Interval]:
    """The time of `whole` that is in none of `holes`."""
    rest: list[Interval] = []
    j = 0
    for start, end in whole:
        at = start
        while j < len(holes) and holes[j][1] <= at:
            j += 1
        k = j
        while k < len(holes) and holes[k][0] < end:
            if holes[k][0] > at:
                rest.append((at, holes[k][0]))
            at = max(at, holes[k][1])
            k += 1
        if at < end:
            rest.append((at, end))
        j = max(j, k - 1)
    return rest


def length(intervals: Iterable[Interval]) -> int:
    """Microseconds in all of them together."""
    return sum(end - start for start, end in intervals)
