"""The references that a walk leaves behind, one after the other, and the energy between them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from metering.domain.curve import Curve
from metering.domain.intervals import Interval
from metering.domain.trace import Mark, Trace


class References:
    """A trace in the making. All registers and energies are whole register steps."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.times: list[int] = []
        self.values: list[int] = []
        self.marks = list(marks)
        self.decisions: list[tuple[int, int]] = []
        self._offset_knots, self._offsets = [0], [0]
        self._gaps: list[Interval] = []
        self._resets: list[Interval] = []
        self._zeros: list[Interval] = []
        self._settled: int | None = None

    def measured(self, us: int, register: int, energy: int) -> None:
        """A new reference, with known energy since the last one."""
        if not energy:
            self.zero(self.times[-1], us)
        self._refer(us, register, energy)

    def reset(self, us: int, register: int) -> None:
        """A new reference after a reset: its register is the measured part."""
        self._resets.append((self.times[-1], us))
        self.measured(us, register, register)

    def gap(self, us: int, register: int) -> None:
        """A new reference; the span to it is unavailable."""
        self._gaps.append((self.times[-1], us))
        self._refer(us, register, 0)

    def plain(self, instants: Sequence[int], registers: Sequence[int]) -> None:
        """Normal reads in a row; their zero spans have been told."""
        self.times.extend(instants)
        self.values.extend(registers)

    def zero(self, from_us: int, to_us: int) -> None:
        """A span without energy; touching ones merge."""
        if self._zeros and self._zeros[-1][1] == from_us:
            from_us = self._zeros.pop()[0]
        self._zeros.append((from_us, to_us))

    def first(self, us: int, register: int, decided_by_us: int) -> None:
        """The first reference, and the latest read that was looked at for it."""
        self.decided_by(decided_by_us)
        self._refer(us, register, 0)

    def mark_span(self, flag: str, us: int) -> None:
        """Flag the span from the last reference to the instant."""
        self.marks.append(Mark(flag, self.times[-1], us))

    def set_aside(self, flag: str, us: int, register: int) -> None:
        """A read that is kept raw and not used."""
        self.marks.append(Mark(flag, us, us, register))

    def decided_by(self, us: int) -> None:
        """All that follows rests on a read of that instant."""
        self.decisions.append((len(self.times), us))

    def undecided(self) -> None:
        """All that follows may change with the next reads."""
        if self._settled is None:
            self._settled = len(self.times)

    def trace(self, step_kwh: Fraction) -> Trace:
        """What was found, for registers counted in `step_kwh`."""
        return Trace(
            curve=Curve(self.times, self.values, step_kwh, self._offset_knots, self._offsets),
            gaps=self._gaps,
            resets=self._resets,
            zeros=self._zeros,
            marks=self.marks,
            settled=len(self.times) if self._settled is None else self._settled,
            decisions=self.decisions,
        )

    def _refer(self, us: int, register: int, energy: int) -> None:
        if self.times:
            offset = self.values[-1] + self._offsets[-1] + energy - register
            if offset != self._offsets[-1]:
                self._offset_knots.append(len(self.times))
                self._offsets.append(offset)
        self.times.append(us)
        self.values.append(register)
