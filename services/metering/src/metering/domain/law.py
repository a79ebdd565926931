"""How two reads of a register stand to each other, in integers (rule 3, metered: the limit and the first tests)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from math import lcm

from metering.domain.instants import END_US, HOUR_US
from metering.domain.ratings import RatedSpan
from metering.domain.values import Channel

_MARGIN = Fraction(5, 4)
_LIMIT_TICKS = 2


class Step(Enum):
    """A read as seen from an earlier one, before any look ahead."""

    UNBOUNDED = auto()  # the limit reaches the modulus: anything may have happened
    NORMAL = auto()
    ABOVE = auto()
    DIP = auto()
    ROLLOVER = auto()
    BELOW = auto()


STEPS_ON = frozenset({Step.NORMAL, Step.DIP, Step.ROLLOVER})
"""What counts as stepping on from the read just before (spike, dropout and first-read tests)."""


@dataclass(frozen=True, slots=True)
class Law:
    """The limits of one channel. All numbers are whole, in register steps x `scale`.

    `starts[i]` begins a stretch of one rated power, at which `slopes[i]` is allowed per microsecond.
    """

    scale: int
    modulus: int
    ticks: int
    starts: Sequence[int]
    slopes: Sequence[int]

    def limit(self, from_us: int, to_us: int) -> int:
        """The most a register may rise between two instants: rated power x 1.25 x time + 2 ticks."""
        i = bisect_right(self.starts, from_us) - 1
        j = bisect_right(self.starts, to_us) - 1
        if i == j:
            return self.slopes[i] * (to_us - from_us) + self.ticks
        cuts = [from_us, *self.starts[i + 1 : j + 1], to_us]
        parts = zip(self.slopes[i : j + 1], cuts, cuts[1:], strict=False)
        return sum(slope * (end - start) for slope, start, end in parts) + self.ticks

    def whole_limit(self, from_us: int, to_us: int) -> int:
        """The limit in whole register steps; -1 where it reaches the modulus, so that nothing is normal."""
        limit = self.limit(from_us, to_us)
        return -1 if limit >= self.modulus else limit // self.scale

    def steady_until(self, us: int) -> int:
        """The instant up to which a limit counted from `us` depends on the length of time alone."""
        i = bisect_right(self.starts, us)
        return self.starts[i] if i < len(self.starts) else END_US

    def step(self, from_us: int, register: int, to_us: int, later: int) -> Step:
        """How the later read stands to the earlier one, in the order of the rule's tests."""
        limit = self.limit(from_us, to_us)
        rise = (later - register) * self.scale
        if limit >= self.modulus:
            return Step.UNBOUNDED
        if rise > limit:
            return Step.ABOVE
        if rise >= 0:
            return Step.NORMAL
        if -rise <= self.ticks:
            return Step.DIP
        return Step.ROLLOVER if self.modulus + rise <= limit else Step.BELOW


def law_of(channel: Channel, spans: Sequence[RatedSpan], step_kwh: Fraction) -> Law:
    """The channel's limits for registers counted in `step_kwh`, which divides the modulus."""
    slopes = [span.rating.rated_w * _MARGIN / (1000 * HOUR_US) / step_kwh for span in spans]
    ticks = _LIMIT_TICKS * channel.tick_kwh / step_kwh
    scale = lcm(ticks.denominator, *(slope.denominator for slope in slopes))
    return Law(
        scale=scale,
        modulus=int(channel.modulus_kwh / step_kwh) * scale,
        ticks=int(ticks * scale),
        starts=[span.from_us for span in spans],
        slopes=[int(slope * scale) for slope in slopes],
    )
