"""Reads of one register: the true energy, seen through a meter that fails in every way the rules name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from support.generator.chance import DAY, HOUR, happens, instant_text, shown
from support.generator.power import Draw, energy


@dataclass(frozen=True)
class Dial:
    """A register: modulus, tick, decimals of its reads, rated power of its unit (kW)."""

    modulus: Fraction
    tick: Fraction
    places: int
    rated_kw: Fraction

    def most(self, seconds: int) -> Fraction:
        """The limit of plausible energy over a time."""
        return self.rated_kw * Fraction(5, 4) * seconds / HOUR + 2 * self.tick


Series = list[tuple[int, Fraction]]
Fault = Callable[[Random, Dial, Series, int], None]


def instants(rng: Random, start: int, end: int, busy: int) -> list[int]:
    """When a register is read: regular or not, both ends often included, never more than `busy` times."""
    step = max(300, (end - start) // busy)
    if happens(rng, 60):
        step = max(step, rng.choice((6 * HOUR, 12 * HOUR, DAY, 2 * DAY)))
        found = list(range(start, end, step))
    else:
        grid = rng.choice((1, 1, 300))
        count = rng.randint(3, busy)
        found = [start + grid * rng.randrange(max(1, (end - start) // grid)) for _ in range(count)]
    found += [start] if happens(rng, 80) else []
    found += [end] if happens(rng, 80) else []
    return sorted(set(found))


def series(rng: Random, dial: Dial, draws: list[Draw], when: list[int], share: Fraction) -> Series:
    """The register without faults, from a random standing, around its modulus."""
    near = happens(rng, 40)
    first = dial.modulus - dial.tick * rng.randint(1, 400_000) if near else dial.tick * rng.randint(0, 10**6)
    return [(at, _on_dial(dial, first + energy(draws, at) * share)) for at in when]


def _on_dial(dial: Dial, kwh: Fraction) -> Fraction:
    ticks = (kwh / dial.tick).__floor__()
    return (ticks * dial.tick) % dial.modulus


def _spike(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """One or more reads too high; runs of four and more look like a re-based register."""
    jump = dial.most(rng.choice((300, DAY, 40 * DAY))) + dial.tick * rng.choice((0, 1, 1000))
    for index in range(at, min(len(reads), at + rng.choice((1, 1, 2, 3, 4, 5)))):
        reads[index] = reads[index][0], (reads[index][1] + jump) % dial.modulus


def _shift(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """All later reads shifted: re-based upwards or downwards."""
    jump = dial.tick * rng.randint(1, 10**6) * rng.choice((1, 1, -1))
    for index in range(at, len(reads)):
        reads[index] = reads[index][0], (reads[index][1] + jump) % dial.modulus


def _reset(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """The register starts again from about nothing."""
    fresh = reads[at][1] - dial.tick * rng.choice((0, 0, 1, 5, 1000, 50_000))
    for index in range(at, len(reads)):
        reads[index] = reads[index][0], (reads[index][1] - fresh) % dial.modulus


def _dip(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """A read at most three ticks under the one before."""
    if at:
        reads[at] = reads[at][0], max(Fraction(0), reads[at - 1][1] - dial.tick * rng.choice((0, 1, 2, 3)))


def _dropout(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """One or two reads far too low."""
    for index in range(at, min(len(reads), at + rng.choice((1, 1, 1, 2)))):
        reads[index] = reads[index][0], dial.tick * rng.choice((0, 0, 1, 500))


def _edge(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """A read exactly at, or a tick beside, the limit above the one before."""
    if at:
        most = dial.most(reads[at][0] - reads[at - 1][0])
        near = reads[at - 1][1] + most + dial.tick * rng.choice((-1, 0, 1))
        reads[at] = reads[at][0], near % dial.modulus


def _wild(rng: Random, dial: Dial, reads: Series, at: int) -> None:
    """Anything, also below zero and off the dial."""
    anywhere = dial.modulus * rng.randint(-2, 105) / 100
    reads[at] = reads[at][0], rng.choice((anywhere, dial.modulus, -dial.tick, reads[rng.randrange(len(reads))][1]))


MILD: tuple[Fault, ...] = (_dip, _spike, _reset)
NASTY: tuple[Fault, ...] = (*MILD, _dropout, _shift, _edge, _reset)
HOSTILE: tuple[Fault, ...] = (*NASTY, _wild, _edge, _dip)


def spoil(rng: Random, dial: Dial, reads: Series, level: int) -> None:
    """A few faults, or none."""
    faults = (MILD, MILD, NASTY, HOSTILE)[level - 1]
    for _ in range(rng.choice((0, 1, 2, 4)) if level < 4 else rng.randint(1, 12)):
        if reads:
            rng.choice(faults)(rng, dial, reads, rng.choice((0, rng.randrange(len(reads)), rng.randrange(len(reads)))))


def walk_at_random(rng: Random, dial: Dial, when: list[int]) -> Series:
    """A register that lives on the limits of the tests: steps of a few ticks, the limit, the modulus."""
    value, reads, before = dial.tick * rng.randint(0, 40), [], when[0] if when else 0
    for at in when:
        most = dial.most(at - before)
        step = rng.choice((0, 0, 1, 1, 2, -1, -2, -3, 4, None, None, None))
        if step is not None:
            value = value + step * dial.tick
        else:
            value = value + rng.choice((most, most + dial.tick, most - dial.tick, most * 3, -value, -value + dial.tick))
        value = _on_dial(dial, value)
        reads.append((at, value))
        before = at
    return reads


def rows(rng: Random, dial: Dial, reads: Series, level: int) -> list[list[str]]:
    """As they came: at times twice, with another value, or out of order."""
    found = [[instant_text(at), shown(kwh, dial.places)] for at, kwh in reads]
    if level > 1 and found and happens(rng, 40):
        found += [list(rng.choice(found)) for _ in range(rng.randint(1, 4))]
    if level > 2 and reads and happens(rng, 40):
        at, kwh = rng.choice(reads)
        found.append([instant_text(at), shown(kwh + dial.tick * rng.choice((-1, 1, 7, 10**5)), dial.places)])
    if level > 1 and happens(rng, 35):
        rng.shuffle(found)
    return found
