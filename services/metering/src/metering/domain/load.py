"""The load of many units together, in steps of time: what counts for their contracts, or one method alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from metering.domain.assembly import lines_for
from metering.domain.instants import BEGIN_US, END_US, hours_of, instant_at, micros_of
from metering.domain.intervals import Interval, Intervals, both, length, union, without
from metering.domain.known import KnownUnit, refuse_unserved
from metering.domain.priority import counted
from metering.domain.profile import LoadStep, Resolution, pieces_of
from metering.domain.values import ContractWindow, Method
from metering.domain.windows import in_order, life_of_window

EVER: Intervals = ((BEGIN_US, END_US),)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which load: over half-open [from_at, to_at), by method (None: the one that counts), in one step if None."""

    from_at: datetime
    to_at: datetime
    step: Resolution | None
    zone: str
    method: Method | None = None

    @property
    def span(self) -> Interval:
        return micros_of(self.from_at), micros_of(self.to_at)

    @property
    def pieces(self) -> list[Interval]:
        """The steps in order of time."""
        return [self.span] if self.step is None else list(pieces_of(self.span, self.step, self.zone))


class Load:
    """A sum in the making: add units one by one, then read the steps. `hours` are unit-hours with known energy."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._pieces = wanted.pieces
        self._energies = [Fraction(0)] * len(self._pieces)
        self._known_us = [0] * len(self._pieces)

    def add(self, known: KnownUnit, windows: Sequence[ContractWindow], time: Intervals = EVER) -> None:
        """Add a unit over the windows of its contracts; with a method, that method over the same windows.

        Only what falls into the given time counts.
        """
        refuse_unserved(known, self.wanted.from_at)
        method = self.wanted.method
        for window in in_order(windows):
            inside = both([life_of_window(window)], [self.wanted.span])
            if not inside:
                continue
            seen = lines_for(known, window)
            methods = list(window.methods) if method is None else [method]
            count = counted([Method(one) for one in methods], seen.lines, inside[0])
            for one, whole in count.by_method.items():
                mine = both(whole, time)
                for number, piece in enumerate(self._pieces):
                    parts = both([piece], mine)
                    if parts:
                        self._energies[number] += seen.lines[one].energy_over(parts)
                        self._known_us[number] += length(parts)

    def steps(self) -> list[LoadStep]:
        """The steps, also those of which nothing is known."""
        return [
            LoadStep(instant_at(start), instant_at(end), energy, hours_of(known_us))
            for (start, end), energy, known_us in zip(self._pieces, self._energies, self._known_us, strict=True)
        ]


def everywhere(wanted: Wanted, method: Method) -> ContractWindow:
    """A window without a contract: a unit's energy by one method, whoever it is billed to."""
    return ContractWindow("none", wanted.from_at, wanted.to_at, [method])


def of_contracts(windows: Sequence[ContractWindow], contracts: frozenset[str] | None) -> list[ContractWindow]:
    """The windows of some contracts, or all; without their rate changes, which do not matter to a load."""
    return [replace(one, edges=()) for one in windows if contracts is None or one.contract_id in contracts]


def time_at_site(lives: Sequence[tuple[bool, Interval]], *, is_there_now: bool) -> Intervals:
    """When a unit was at a site: while its registers hung there; while none hung anywhere, if it is there now.

    `lives` are those of its channels, with whether they hang at the site.
    """
    here = union([life for is_here, life in lives if is_here])
    return union(here, without(EVER, union([life for _, life in lives]))) if is_there_now else here
