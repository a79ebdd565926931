"""What the walk of a register leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from metering.domain.curve import Curve
from metering.domain.intervals import Interval


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to tell the host: a flag with the time it concerns; an instant has equal ends.

    `register` is the read set aside, in register steps, or None where the flag concerns a span of energy.
    """

    flag: str
    from_us: int
    to_us: int
    register: int | None = None

    def touches(self, from_us: int, to_us: int) -> bool:
        """Whether it concerns half-open [from_us, to_us)."""
        if self.from_us == self.to_us:
            return from_us <= self.from_us < to_us
        return self.from_us < to_us and self.to_us > from_us


@dataclass(frozen=True, slots=True)
class Trace:
    """The valid reads of a channel and the energy between them.

    `curve` runs through the references. `gaps` are the spans between references that are unavailable; `resets` those
    of which only the current value is known; `zeros` those without energy (merged). `settled` counts the references
    that further reads after all known ones cannot change; `decisions` are (reference number, instant): from that
    reference on, everything rests on a read looked at as late as that instant.
    """

    curve: Curve
    gaps: Sequence[Interval]
    resets: Sequence[Interval]
    zeros: Sequence[Interval]
    marks: Sequence[Mark]
    settled: int
    decisions: Sequence[tuple[int, int]]

    @property
    def step_kwh(self) -> Fraction:
        return self.curve.step
