"""Energy on a grid: the UTC quarter hours of the power cap (rule 4.7), and load profiles for people."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from common.clock import day_start, local_day
from metering.domain.instants import HOUR_US, QUARTER_US, hours_of, instant_at, micros_of
from metering.domain.intervals import Interval, both, length
from metering.domain.line import Line
from metering.domain.priority import Counted
from metering.domain.spans import Quarter
from metering.domain.values import Method


class Resolution(StrEnum):
    """The steps of a load profile. Quarter hours and hours are those of UTC, days are local."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class LoadStep:
    """One step of a load profile: energy over its measured hours; no hours, no energy known."""

    from_at: datetime
    to_at: datetime
    energy_kwh: Fraction
    hours: Fraction


def quarters_of(count: Counted, lines: dict[Method, Line]) -> tuple[Quarter, ...]:
    """Energy by method in every quarter hour in which some method counts."""
    found: dict[int, dict[str, Fraction]] = defaultdict(dict)
    for method, mine in count.by_method.items():
        for whole in mine:
            for start, end in _on_grid(whole, QUARTER_US):
                cell = found[start - start % QUARTER_US]
                cell[method.value] = cell.get(method.value, Fraction(0)) + lines[method].energy_kwh(start, end)
    return tuple(Quarter(instant_at(us), found[us]) for us in sorted(found))


def load_profile(line: Line, from_at: datetime, to_at: datetime, step: Resolution, zone: str) -> list[LoadStep]:
    """A method's energy in steps over [from_at, to_at), such as `known.metered`; steps at the ends may be cut."""
    steps = []
    for piece in pieces_of((micros_of(from_at), micros_of(to_at)), step, zone):
        known = both([piece], line.available)
        steps.append(
            LoadStep(instant_at(piece[0]), instant_at(piece[1]), line.energy_over(known), hours_of(length(known)))
        )
    return steps


def pieces_of(span: Interval, step: Resolution, zone: str) -> Iterator[Interval]:
    """The span cut into steps, in order; those at its ends may be cut."""
    if step is Resolution.DAY:
        return _on_days(span, zone)
    return _on_grid(span, QUARTER_US if step is Resolution.QUARTER else HOUR_US)


def _on_grid(whole: Interval, width: int) -> Iterator[Interval]:
    start, end = whole
    while start < end:
        edge = min(start - start % width + width, end)
        yield start, edge
        start = edge


def _on_days(whole: Interval, zone: str) -> Iterator[Interval]:
    start, end = whole
    while start < end:
        following = local_day(instant_at(start), zone) + timedelta(days=1)
        edge = micros_of(day_start(following, zone))
        while edge <= start:  # a day that the zone skipped altogether
            following += timedelta(days=1)
            edge = micros_of(day_start(following, zone))
        yield start, min(edge, end)
        start = min(edge, end)
