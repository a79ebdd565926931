"""The walk over the reads of one register (rules 3, metered)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from support.reference.days import Instant, hours

Read = tuple[Instant, Fraction]
STEPS_ON = ("normal", "dip", "rollover")


@dataclass(frozen=True)
class Register:
    """What the tests need to know: full rated power of the unit (kW), modulus and tick (kWh)."""

    rated_kw: Fraction
    modulus: Fraction
    tick: Fraction


@dataclass(frozen=True)
class Span:
    """Time between two reads for which energy is known: kWh, spread evenly."""

    start: Instant
    end: Instant
    kwh: Fraction
    kind: str


def usable(register: Register, raw: Sequence[Read], start: Instant, end: Instant) -> list[Read]:
    """Reads inside the life (both ends count) and on the dial; of two at one instant the lower; in order of time."""
    lowest: dict[Instant, Fraction] = {}
    for at, kwh in raw:
        if start <= at <= end and 0 <= kwh < register.modulus:
            lowest[at] = min(kwh, lowest.get(at, kwh))
    return sorted(lowest.items())


def limit(register: Register, since: Read, read: Read) -> Fraction:
    """The most that the unit can have drawn between two reads, and two ticks."""
    return register.rated_kw * Fraction(5, 4) * hours(since[0], read[0]) + 2 * register.tick


def outcome(register: Register, since: Read, read: Read) -> str:
    """What a read is after another one, as far as the two alone decide it."""
    most = limit(register, since, read)
    rise = read[1] - since[1]
    if most >= register.modulus:
        return "unknowable"
    if rise > most:
        return "above"
    if rise >= 0:
        return "normal"
    if -rise <= 2 * register.tick:
        return "dip"
    if register.modulus + rise <= most:
        return "rollover"
    return "below"


def _steps_on(register: Register, since: Read, read: Read) -> bool:
    return outcome(register, since, read) in STEPS_ON


def _begins_anew(register: Register, since: Read, reads: Sequence[Read], jump: int) -> bool:
    """Whether the three reads after a jump each step on from the one before and none fits the old reference."""
    after = reads[jump + 1 : jump + 4]
    if len(after) < 3:
        return False
    chain = [reads[jump], *after]
    if not all(_steps_on(register, chain[i], chain[i + 1]) for i in range(3)):
        return False
    return all(outcome(register, since, read) != "normal" for read in after)


def _drops_out(register: Register, since: Read, reads: Sequence[Read], low: int) -> bool:
    """Whether the read after a low one fits the old reference and does not go on from the low one."""
    if low + 1 >= len(reads):
        return False
    following = reads[low + 1]
    return outcome(register, since, following) == "normal" and not _steps_on(register, reads[low], following)


def _first_reference(register: Register, reads: Sequence[Read]) -> int | None:
    """The first read whose next one steps on from it."""
    for index in range(len(reads) - 1):
        if _steps_on(register, reads[index], reads[index + 1]):
            return index
    return None


def _skipped(register: Register, since: Read, reads: Sequence[Read], index: int, what: str) -> bool:
    """Whether a read is kept raw only: a spike, or a dropout."""
    if what == "above":
        return not _begins_anew(register, since, reads, index)
    return what == "below" and _drops_out(register, since, reads, index)


def _measured(register: Register, since: Read, read: Read, what: str) -> Span | None:
    """What the span up to a read that is not skipped has used; None where that is unknown."""
    rise = read[1] - since[1]
    if what == "below" and read[1] <= limit(register, since, read):
        return Span(since[0], read[0], read[1], "reset")
    energy = {"normal": rise, "dip": Fraction(0), "rollover": register.modulus + rise}
    return Span(since[0], read[0], energy[what], what) if what in energy else None


def walk(register: Register, reads: Sequence[Read]) -> list[Span]:
    """The spans of one channel for which energy is known, estimates not yet added; the rest is unavailable."""
    first = _first_reference(register, reads)
    if first is None:
        return []
    spans: list[Span] = []
    since = reads[first]
    for index in range(first + 1, len(reads)):
        read = reads[index]
        what = outcome(register, since, read)
        if _skipped(register, since, reads, index, what):
            continue
        span = _measured(register, since, read, what)
        spans += [] if span is None else [span]
        since = (read[0], since[1]) if what == "dip" else read
    return spans
