"""Rates that change at agreed dates: by a percentage or with an index, compounding (rules 4.6, E16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from common.clock import add_months, day_start
from common.errors import RuleBroken
from common.money import round_half_up
from contracts.domain.rates import RATE_DECIMALS, checked_rate

MOST_STEPS = 600


class EscalatorOutOfRange(RuleBroken):
    """A percentage, an index value, or a rhythm that cannot be meant."""

    code = "escalator_out_of_range"


@dataclass(frozen=True, slots=True)
class PercentEscalator:
    """`percent` more (or less) from `first_on`, and again every so many months; no rhythm, once.

    `compounding` off: every step adds the same percentage of the rate at the first step.
    """

    percent: Decimal
    first_on: date
    every_months: int | None = None
    compounding: bool = True

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and -100 < self.percent <= 100):
            raise EscalatorOutOfRange(
                f"An escalator of {self.percent} % is not possible.",
                field="escalator.percent",
                remedy="more than -100, at most 100",
            )
        if self.every_months is not None and not 1 <= self.every_months <= 120:
            raise EscalatorOutOfRange(
                f"An escalator cannot return every {self.every_months} months.",
                field="escalator.every_months",
                remedy="1 to 120 months, or none for once",
            )

    def steps(self, until: date) -> Iterator[tuple[date, int]]:
        """The days of the steps before `until`, numbered from 1, counted from the first day (clamping never drifts)."""
        for number in range(MOST_STEPS):
            day = add_months(self.first_on, (self.every_months or 0) * number)
            if day >= until or (number and self.every_months is None):
                return
            yield day, number + 1


@dataclass(frozen=True, slots=True)
class IndexEscalator:
    """The rate moves as the index did: value / the value before; a step's change kept within floor and cap percent."""

    reference: Decimal
    values: tuple[tuple[date, Decimal], ...]
    floor_percent: Decimal | None = None
    cap_percent: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise EscalatorOutOfRange("An index escalator has no values.", field="escalator.values", remedy="add one")
        figures = [self.reference, *(value for _, value in self.values)]
        if any(not figure.is_finite() or figure <= 0 for figure in figures):
            raise EscalatorOutOfRange(
                "An index value is not above zero.", field="escalator.values", remedy="positive index values"
            )
        days = [day for day, _ in self.values]
        if days != sorted(set(days)):
            raise EscalatorOutOfRange(
                "The index values are not in order of their days.",
                field="escalator.values",
                remedy="one value a day, the oldest first",
            )
        floor, cap = self.floor_percent, self.cap_percent
        if floor is not None and cap is not None and floor > cap:
            raise EscalatorOutOfRange(
                f"The floor of {floor} % lies above the cap of {cap} %.", field="escalator.floor_percent"
            )

    def factors(self) -> list[tuple[date, Fraction]]:
        """Each day with the factor by which the rate then moves."""
        out, before = [], Fraction(self.reference)
        for day, value in self.values:
            change = Fraction(value) / before - 1
            if self.cap_percent is not None:
                change = min(change, Fraction(self.cap_percent) / 100)
            if self.floor_percent is not None:
                change = max(change, Fraction(self.floor_percent) / 100)
            out.append((day, 1 + change))
            before = Fraction(value)
        return out


Escalator = PercentEscalator | IndexEscalator


@dataclass(frozen=True, slots=True)
class Amendment:
    """A rate agreed anew from an instant on; later escalations build on it."""

    from_at: datetime
    rate_per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class RatePlan:
    """Everything that moves one contract's rate: its first rate, escalators by local day, amendments by instant."""

    rate_per_kwh: Decimal
    currency: str
    zone: str
    escalators: tuple[Escalator, ...] = ()
    amendments: tuple[Amendment, ...] = ()

    def __post_init__(self) -> None:
        checked_rate(self.rate_per_kwh, self.currency)
        for amendment in self.amendments:
            checked_rate(amendment.rate_per_kwh, self.currency, field="amendments.rate_per_kwh")


def rate_changes(plan: RatePlan, until: date) -> list[tuple[datetime, Decimal]]:
    """The instants before the local day `until` at which the rate changes, with the rate from there on.

    The exact rate compounds; each printed one is rounded to six decimals, half up, by itself, so rounding never
    accumulates. At one instant escalators act first, in their order, and an amendment stands.
    """
    exact = Fraction(plan.rate_per_kwh)
    changes: dict[datetime, Decimal] = {}
    simple: dict[int, Fraction] = {}
    for at, order, move in sorted(_moves(plan, until), key=lambda entry: entry[:2]):
        if isinstance(move, Amendment):
            exact = Fraction(move.rate_per_kwh)
            simple.clear()
        elif isinstance(move, Fraction):
            exact *= move
        else:
            if not move.compounding:
                exact += simple.setdefault(order, exact) * Fraction(move.percent) / 100
            else:
                exact *= 1 + Fraction(move.percent) / 100
        rate = checked_rate(round_half_up(exact, RATE_DECIMALS), plan.currency, field="escalators")
        changes[at] = rate
    return _without_repeats(plan.rate_per_kwh, sorted(changes.items()))


Move = PercentEscalator | Fraction | Amendment


def _moves(plan: RatePlan, until: date) -> Iterator[tuple[datetime, int, Move]]:
    for order, escalator in enumerate(plan.escalators):
        if isinstance(escalator, PercentEscalator):
            for day, _ in escalator.steps(until):
                yield day_start(day, plan.zone), order, escalator
        else:
            for day, factor in escalator.factors():
                if day < until:
                    yield day_start(day, plan.zone), order, factor
    last = len(plan.escalators)
    end_at = day_start(until, plan.zone)
    for number, amendment in enumerate(plan.amendments):
        if amendment.from_at < end_at:
            yield amendment.from_at, last + number, amendment


def _without_repeats(first: Decimal, changes: Iterable[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    out: list[tuple[datetime, Decimal]] = []
    rate = first
    for at, changed in changes:
        if changed != rate:
            out.append((at, changed))
            rate = changed
    return out


def rate_at(first: Decimal, changes: Sequence[tuple[datetime, Decimal]], at: datetime) -> Decimal:
    """The rate in force at an instant."""
    rate = first
    for from_at, changed in changes:
        if from_at > at:
            break
        rate = changed
    return rate
