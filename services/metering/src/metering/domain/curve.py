"""Cumulative curves: piecewise linear functions of time in integers, cut exactly at any instant (rule 2.6)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Curve:
    """How much has come by each instant: `values[k]` + the offset in force at k, in units of `step`, at `times[k]`.

    Straight between its knots, flat outside them. Offsets let the raw register column stand as it is: a rollover
    or a gap only changes what is added from its knot on (`offset_knots`, ascending, the first one 0).
    """

    times: Sequence[int]
    values: Sequence[int]
    step: Fraction
    offset_knots: Sequence[int] = (0,)
    offsets: Sequence[int] = (0,)

    def _at_knot(self, k: int) -> int:
        return self.values[k] + self.offsets[bisect_right(self.offset_knots, k) - 1]

    def by(self, us: int) -> tuple[int, int]:
        """Numerator and denominator of what has come by the instant, in steps."""
        k = bisect_right(self.times, us) - 1
        if k < 0:
            return self._at_knot(0), 1
        start = self.times[k]
        here = self._at_knot(k)
        if us == start or k + 1 == len(self.times):
            return here, 1
        rise = self._at_knot(k + 1) - here
        if not rise:
            return here, 1
        span = self.times[k + 1] - start
        return here * span + rise * (us - start), span

    def between(self, from_us: int, to_us: int) -> Fraction:
        """What comes from one instant to the other."""
        if not self.times or to_us <= self.times[0] or from_us >= self.times[-1]:
            return Fraction(0)
        low, low_parts = self.by(from_us)
        high, high_parts = self.by(to_us)
        if low_parts == high_parts == 1:
            return (high - low) * self.step
        return (Fraction(high, high_parts) - Fraction(low, low_parts)) * self.step


@dataclass(frozen=True, slots=True)
class Extra:
    """Energy on top of a curve, spread evenly over [from_us, to_us): the estimate of a reset's lost tail."""

    from_us: int
    to_us: int
    energy_kwh: Fraction

    def between(self, from_us: int, to_us: int) -> Fraction:
        """The part of it that falls between the two instants."""
        inside = min(to_us, self.to_us) - max(from_us, self.from_us)
        return self.energy_kwh * Fraction(inside, self.to_us - self.from_us) if inside > 0 else Fraction(0)
