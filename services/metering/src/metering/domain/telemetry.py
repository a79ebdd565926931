"""Telemetry as one function of time: which row counts where rows overlap (rule 3, hash)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import accumulate, pairwise
from math import lcm

from metering.domain.curve import Curve
from metering.domain.instants import HOUR_US, micros_of
from metering.domain.intervals import Interval, union
from metering.domain.values import TelemetryRow, UnitStatus

_CAUTION = {UnitStatus.OFFLINE: 0, UnitStatus.ONLINE: 1, UnitStatus.HASHING: 2}
"""Of two rows alike in everything else, the one that bills less counts."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row, or the part of it that counts."""

    from_us: int
    to_us: int
    ths: Fraction
    status: UnitStatus

    @property
    def preference(self) -> tuple[int, Fraction, int]:
        """Smallest first: begins later, lower TH/s, bills less."""
        return (-self.from_us, self.ths, _CAUTION[self.status])


def resolved(rows: Sequence[TelemetryRow]) -> list[Stretch]:
    """The rows without overlap, in order of time: the later begun counts, of two begun together the lower TH/s."""
    stretches = sorted(
        (Stretch(micros_of(row.from_at), micros_of(row.to_at), row.ths, UnitStatus(row.status)) for row in rows),
        key=lambda one: (one.from_us, one.to_us),
    )
    stretches = [one for one in stretches if one.from_us < one.to_us]
    if all(earlier.to_us <= later.from_us for earlier, later in pairwise(stretches)):
        return stretches
    return _swept(stretches)


def _swept(stretches: Sequence[Stretch]) -> list[Stretch]:
    cuts = sorted({one.from_us for one in stretches} | {one.to_us for one in stretches})
    waiting: list[tuple[tuple[int, Fraction, int], int]] = []
    counted: list[Stretch] = []
    begun = 0
    for start, end in pairwise(cuts):
        while begun < len(stretches) and stretches[begun].from_us <= start:
            heappush(waiting, (stretches[begun].preference, begun))
            begun += 1
        while waiting and stretches[waiting[0][1]].to_us <= start:
            heappop(waiting)
        if waiting:
            best = stretches[waiting[0][1]]
            counted.append(Stretch(start, end, best.ths, best.status))
    return counted


def time_where(stretches: Sequence[Stretch], holds: Callable[[Stretch], bool]) -> list[Interval]:
    """The time of the stretches for which the condition holds."""
    return union([(one.from_us, one.to_us) for one in stretches if holds(one)])


def recorded_time(stretches: Sequence[Stretch]) -> list[Interval]:
    """The time for which there is any telemetry."""
    return union([(one.from_us, one.to_us) for one in stretches])


def work_curve(stretches: Sequence[Stretch]) -> Curve:
    """Cumulative TH: the sum of TH/s x seconds, whatever the status."""
    parts = lcm(*(one.ths.denominator for one in stretches), 1)
    speeds = [one.ths.numerator * (parts // one.ths.denominator) for one in stretches]
    return _cumulative(stretches, speeds, Fraction(1, parts * 1_000_000))


def online_curve(stretches: Sequence[Stretch]) -> Curve:
    """Cumulative hours online: hashing, or drawing power."""
    return _cumulative(stretches, [int(one.status != UnitStatus.OFFLINE) for one in stretches], Fraction(1, HOUR_US))


def _cumulative(stretches: Sequence[Stretch], speeds: Sequence[int], step: Fraction) -> Curve:
    gains = [speed * (one.to_us - one.from_us) for one, speed in zip(stretches, speeds, strict=True)]
    times: list[int] = []
    values: list[int] = []
    for one, before, after in zip(stretches, accumulate(gains, initial=0), accumulate(gains), strict=False):
        if not times or times[-1] != one.from_us:
            times.append(one.from_us)
            values.append(before)
        times.append(one.to_us)
        values.append(after)
    return Curve(times, values, step)
