"""What one billing method says of a unit: when it is available, and how much energy between two instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from metering.domain.curve import Curve, Extra
from metering.domain.instants import BEGIN_US, END_US
from metering.domain.intervals import Interval, Intervals


@dataclass(frozen=True, slots=True)
class Factor:
    """kWh per unit of the curve, in force over [from_us, to_us): an efficiency, or a rated power."""

    from_us: int
    to_us: int
    number: Fraction


WHOLE = Factor(BEGIN_US, END_US, Fraction(1))
"""For curves that count kWh themselves."""


@dataclass(frozen=True, slots=True)
class Line:
    """A method's energy: the sum of its curves, times the factor in force, plus extras.

    `available` is the time in which the method says anything; `zero` the time in it at which it says exactly 0.
    Energy may only be asked for inside `available`. `estimated` is the time that holds a reset estimate.
    """

    available: Intervals
    zero: Intervals
    curves: Sequence[Curve]
    factors: Sequence[Factor] = (WHOLE,)
    extras: Sequence[Extra] = ()
    estimated: Intervals = ()

    def energy_kwh(self, from_us: int, to_us: int) -> Fraction:
        """Exact energy from one instant to the other."""
        parts = [extra.between(from_us, to_us) for extra in self.extras]
        for factor in self.factors:
            start, end = max(from_us, factor.from_us), min(to_us, factor.to_us)
            if start < end:
                rises = [curve.between(start, end) for curve in self.curves]
                parts += rises if factor is WHOLE else [rise * factor.number for rise in rises]
        return parts[0] if len(parts) == 1 else sum(parts, Fraction(0))

    def energy_over(self, intervals: Sequence[Interval]) -> Fraction:
        """Exact energy over all of the intervals."""
        if len(intervals) == 1:
            return self.energy_kwh(*intervals[0])
        return sum((self.energy_kwh(start, end) for start, end in intervals), Fraction(0))


NOTHING = Line((), (), ())
