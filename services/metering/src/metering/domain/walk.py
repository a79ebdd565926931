"""The walk of a register's reads, in the exact order of the rule's tests (rule 3, metered).

It runs on integers and is linear in the reads: look-ahead is at most three reads, and a plain stretch costs two
subtractions and a comparison a read.
"""

from bisect import bisect_right
from collections.abc import Sequence

from metering.domain.law import STEPS_ON, Law, Step
from metering.domain.references import References
from metering.domain.registers import UsableReads
from metering.domain.trace import Trace

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
    return walker.found.trace(reads.step_kwh)


class _Walker:
    """The reads, the law they are tested by, and what was found so far."""

    def __init__(self, reads: UsableReads, law: Law) -> None:
        self.instants: Sequence[int] = reads.instants_us
        self.registers: Sequence[int] = reads.registers
        self.law = law
        self.found = References(reads.marks)

    def begin(self) -> int:
        """Find the first read that the next one steps on from; the index of that next one."""
        for i in range(len(self.instants) - 1):
            if self._steps_on(i, i + 1):
                self.found.first(self.instants[i], self.registers[i], self.instants[i + 1])
                return i + 1
        return len(self.instants)

    def resume(self, reference: tuple[int, int], decided_by_us: int) -> int:
        """Begin at a stored reference."""
        self.found.first(*reference, decided_by_us)
        return 0

    def plain(self, at: int, stop: int) -> int:
        """Take normal reads while they last; the index of the first that is not, or needs a closer look."""
        before_us, before = self.found.times[-1], self.found.values[-1]
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
                self.found.zero(before_us, us)
            before_us, before = us, register
            taken += 1
        self.found.plain(instants[:taken], registers[:taken])
        return at + taken

    def judge(self, i: int) -> None:
        """One read, by the tests in their order."""
        us, register, before = self.instants[i], self.registers[i], self.found.values[-1]
        step = self._from_reference(i)
        if step is Step.UNBOUNDED:
            self.found.gap(us, register)
        elif step is Step.NORMAL:
            self.found.measured(us, register, register - before)
        elif step is Step.ABOVE:
            self._above(i)
        elif step is Step.DIP:
            self.found.measured(us, before, 0)
        elif step is Step.ROLLOVER:
            self.found.mark_span("rollover", us)
            self.found.measured(us, register, self.law.modulus // self.law.scale - before + register)
        else:
            self._below(i)

    def _above(self, i: int) -> None:
        """Spike, or re-based register: the next three reads tell."""
        if self._is_new_segment(i):
            self.found.mark_span("re-based", self.instants[i])
            self.found.gap(self.instants[i], self.registers[i])
        else:
            self.found.set_aside("spike", self.instants[i], self.registers[i])

    def _is_new_segment(self, jump: int) -> bool:
        for i in range(jump + 1, jump + 1 + _REBASE_READS):
            if i == len(self.instants):
                self.found.undecided()
                return False
            if not self._steps_on(i - 1, i) or self._from_reference(i) is Step.NORMAL:
                self.found.decided_by(self.instants[i])
                return False
        self.found.decided_by(self.instants[jump + _REBASE_READS])
        return True

    def _below(self, i: int) -> None:
        """Dropout, or reset: the next read tells."""
        us, register = self.instants[i], self.registers[i]
        if i + 1 == len(self.instants):
            self.found.undecided()
        else:
            self.found.decided_by(self.instants[i + 1])
            if self._from_reference(i + 1) is Step.NORMAL and not self._steps_on(i, i + 1):
                self.found.set_aside("dropout", us, register)
                return
        self.found.mark_span("reset", us)
        if register > self.law.whole_limit(self.found.times[-1], us):
            self.found.gap(us, register)
        else:
            self.found.reset(us, register)

    def _steps_on(self, i: int, j: int) -> bool:
        """Whether a read goes on normally, by dip or by rollover from the one before it, as they came."""
        return self.law.step(self.instants[i], self.registers[i], self.instants[j], self.registers[j]) in STEPS_ON

    def _from_reference(self, j: int) -> Step:
        return self.law.step(self.found.times[-1], self.found.values[-1], self.instants[j], self.registers[j])
