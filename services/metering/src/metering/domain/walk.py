"""The walk of a register's reads, in the exact order of the rule's tests (rule 3, metered).

It runs on integers and is linear in the reads: look-ahead is at most three reads, and a plain stretch costs two
subtractions and a comparison a read.
"""

from bisect import bisect_right
from collections.abc import Sequence

from metering.domain.curve import Curve
from metering.domain.intervals import Interval
from metering.domain.law import STEPS_ON, Law, Step
from metering.domain.registers import UsableReads
from metering.domain.trace import Mark, Trace

_REBASE_READS = 3
_SHORTEST, _LONGEST = 16, 4096


def walk(reads: UsableReads, law: Law, decided_by_us: int = 0) -> Trace:
    """The trace of usable reads; with a stored reference the walk goes on from it, settled as of `decided_by_us`."""
    walker = _Walker(reads, law)
    at = walker.begin() if reads.reference is None else walker.resume(reads.reference, decided_by_us)
    count, chunk = len(reads.instants_us), _SHORTEST
    while at < count:
        stop = min(count, at + chunk)
        at = walker.plain(at, stop)
        if at < stop:
            walker.judge(at)
            at, chunk = at + 1, _SHORTEST
        else:
            chunk = min(2 * chunk, _LONGEST)
    return walker.trace()


class _Walker:
    """The references so far, and what was found between them."""

    def __init__(self, reads: UsableReads, law: Law) -> None:
        self.instants: Sequence[int] = reads.instants_us
        self.registers: Sequence[int] = reads.registers
        self.step_kwh = reads.step_kwh
        self.law = law
        self.times: list[int] = []
        self.values: list[int] = []
        self.offset_knots, self.offsets = [0], [0]
        self.gaps: list[Interval] = []
        self.resets: list[Interval] = []
        self.zeros: list[Interval] = []
        self.marks: list[Mark] = list(reads.marks)
        self.decisions: list[tuple[int, int]] = []
        self.settled: int | None = None

    def begin(self) -> int:
        """Find the first read that the next one steps on from; the index of that next one."""
        for i in range(len(self.instants) - 1):
            if self._step(i, i + 1) in STEPS_ON:
                self._refer(i, self.registers[i], 0)
                self.decisions.append((0, self.instants[i + 1]))
                return i + 1
        return len(self.instants)

    def resume(self, reference: tuple[int, int], decided_by_us: int) -> int:
        """Begin at a stored reference."""
        self.times.append(reference[0])
        self.values.append(reference[1])
        self.decisions.append((0, decided_by_us))
        return 0

    def plain(self, at: int, stop: int) -> int:
        """Take normal reads while they last; the index of the first that is not, or needs a closer look."""
        before_us, before = self.times[-1], self.values[-1]
        stop = bisect_right(self.instants, self.law.steady_until(before_us), at, stop)
        instants, registers = self.instants[at:stop], self.registers[at:stop]
        span, most, taken = 0, -1, 0
        for us, register in zip(instants, registers, strict=True):
            if us - before_us != span:
                span = us - before_us
                most = self.law.whole_limit(before_us, us)
            if not 0 < register - before <= most:
                if register != before or most < 0:
                    break
                self._zero(before_us, us)
            before_us, before = us, register
            taken += 1
        self.times.extend(instants[:taken])
        self.values.extend(registers[:taken])
        return at + taken

    def judge(self, i: int) -> None:
        """One read, by the tests in their order."""
        register, before = self.registers[i], self.values[-1]
        step = self.law.step(self.times[-1], before, self.instants[i], register)
        if step is Step.UNBOUNDED:
            self._gap(i)
        elif step is Step.NORMAL:
            self._measured(i, register, register - before)
        elif step is Step.ABOVE:
            self._above(i)
        elif step is Step.DIP:
            self._measured(i, before, 0)
        elif step is Step.ROLLOVER:
            self._mark_span("rollover", i)
            self._measured(i, register, self.law.modulus // self.law.scale - before + register)
        else:
            self._below(i)

    def _above(self, i: int) -> None:
        """Spike, or re-based register: the next three reads tell."""
        for j in range(i + 1, i + 1 + _REBASE_READS):
            if j == len(self.instants):
                self._undecided()
                break
            if self._step(j - 1, j) not in STEPS_ON or self._step_of_reference(j) is Step.NORMAL:
                self._decided_by(j, len(self.times))
                break
        else:
            self._decided_by(i + _REBASE_READS, len(self.times))
            self._mark_span("re-based", i)
            self._gap(i)
            return
        self._set_aside("spike", i)

    def _below(self, i: int) -> None:
        """Dropout, or reset: the next read tells."""
        if i + 1 == len(self.instants):
            self._undecided()
        else:
            self._decided_by(i + 1, len(self.times))
            if self._step_of_reference(i + 1) is Step.NORMAL and self._step(i, i + 1) not in STEPS_ON:
                self._set_aside("dropout", i)
                return
        self._mark_span("reset", i)
        if self.registers[i] > self.law.whole_limit(self.times[-1], self.instants[i]):
            self._gap(i)
        else:
            self.resets.append((self.times[-1], self.instants[i]))
            self._measured(i, self.registers[i], self.registers[i])

    def trace(self) -> Trace:
        """What was found."""
        return Trace(
            curve=Curve(self.times, self.values, self.step_kwh, self.offset_knots, self.offsets),
            gaps=self.gaps,
            resets=self.resets,
            zeros=self.zeros,
            marks=self.marks,
            settled=len(self.times) if self.settled is None else self.settled,
            decisions=self.decisions,
        )

    def _step(self, i: int, j: int) -> Step:
        return self.law.step(self.instants[i], self.registers[i], self.instants[j], self.registers[j])

    def _step_of_reference(self, j: int) -> Step:
        return self.law.step(self.times[-1], self.values[-1], self.instants[j], self.registers[j])

    def _measured(self, i: int, register: int, energy: int) -> None:
        if not energy:
            self._zero(self.times[-1], self.instants[i])
        self._refer(i, register, energy)

    def _gap(self, i: int) -> None:
        self.gaps.append((self.times[-1], self.instants[i]))
        self._refer(i, self.registers[i], 0)

    def _zero(self, from_us: int, to_us: int) -> None:
        if self.zeros and self.zeros[-1][1] == from_us:
            from_us = self.zeros.pop()[0]
        self.zeros.append((from_us, to_us))

    def _refer(self, i: int, register: int, energy: int) -> None:
        """The read becomes the reference, with so much energy since the last one."""
        if self.times:
            offset = self.values[-1] + self.offsets[-1] + energy - register
            if offset != self.offsets[-1]:
                self.offset_knots.append(len(self.times))
                self.offsets.append(offset)
        self.times.append(self.instants[i])
        self.values.append(register)

    def _mark_span(self, flag: str, i: int) -> None:
        self.marks.append(Mark(flag, self.times[-1], self.instants[i]))

    def _set_aside(self, flag: str, i: int) -> None:
        self.marks.append(Mark(flag, self.instants[i], self.instants[i], self.registers[i]))

    def _decided_by(self, j: int, reference: int) -> None:
        self.decisions.append((reference, self.instants[j]))

    def _undecided(self) -> None:
        if self.settled is None:
            self.settled = len(self.times)
