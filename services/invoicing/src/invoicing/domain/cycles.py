"""The prepaid 31-day plan: batches of units that start together, and their cycles (rules 6.1, 6.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from common.clock import add_months, day_start
from invoicing.domain.periods import day_holding, last_day_before
from invoicing.domain.terms import ContractTerms, CycleKind, PrepaidTerms

CYCLE_DAYS = 31


@dataclass(frozen=True, slots=True)
class PrepaidUnit:
    """A unit's assignment to a prepaid contract; `operational_on` is the day it runs, or the planned one."""

    unit_id: str
    rated_w: Fraction
    from_at: datetime
    to_at: datetime | None = None
    operational_on: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A unit of a batch from its assignment on; `last_on` is its last local day, where one is known."""

    unit_id: str
    rated_kw: Fraction
    from_at: datetime
    to_at: datetime | None
    last_on: date | None

    def runs_on(self, day: date) -> bool:
        return self.last_on is None or self.last_on >= day


@dataclass(frozen=True, slots=True)
class Cycle:
    """Half open from `first_on` to `next_on`, local midnights. Due on its first day."""

    number: int
    first_on: date
    next_on: date
    timezone: str

    @property
    def from_at(self) -> datetime:
        return day_start(self.first_on, self.timezone)

    @property
    def to_at(self) -> datetime:
        return day_start(self.next_on, self.timezone)

    @property
    def last_on(self) -> date:
        return self.next_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Units of one contract with the same first day; they have their own cycles and invoices.

    Units that come when a batch of that day is invoiced already are a further `part` of it.
    """

    terms: ContractTerms
    first_on: date
    members: tuple[Member, ...]
    part: int = 1

    @property
    def key(self) -> str:
        part = "" if self.part == 1 else f".{self.part}"
        return f"{self.terms.contract_id}/{self.first_on.isoformat()}{part}"

    @property
    def prepaid(self) -> PrepaidTerms:
        return self.terms.prepaid or PrepaidTerms()

    def cycle(self, number: int) -> Cycle:
        """The n-th cycle, from 1: blocks of 31 days, or months counted from the first day (clamped)."""
        if self.prepaid.cycle is CycleKind.FIXED_31D:
            first_on = self.first_on + timedelta(days=CYCLE_DAYS * (number - 1))
            return Cycle(number, first_on, first_on + timedelta(days=CYCLE_DAYS), self.terms.timezone)
        first_on, next_on = add_months(self.first_on, number - 1), add_months(self.first_on, number)
        return Cycle(number, first_on, next_on, self.terms.timezone)

    def cycle_key(self, number: int) -> str:
        return f"{self.key}/{number}"

    def running(self, number: int) -> list[Member]:
        """The members that are charged for the cycle: those still there on its first day."""
        first_on = self.cycle(number).first_on
        return [member for member in self.members if member.runs_on(first_on)]

    def final_cycle(self, member: Member) -> int | None:
        """The number of the cycle that holds the member's last day, where that is known."""
        if member.last_on is None:
            return None
        number = 1
        while self.cycle(number).next_on <= member.last_on:
            number += 1
        return number


@dataclass(frozen=True, slots=True)
class Invoiced:
    """What the first invoice of a batch settled for good: its first day and its units."""

    first_on: date
    part: int
    unit_ids: frozenset[str]


def batches_of(terms: ContractTerms, units: Iterable[PrepaidUnit], invoiced: Iterable[Invoiced] = ()) -> list[Batch]:
    """The contract's units by first day, earliest batch first; units stay in the order given.

    A first cycle begins at the latest of the operational day, the assignment and the contract's start; a unit that
    came back goes on in the cycles of its first assignment. One that has left for good by then is in no batch.
    Units whose first invoice is out keep the first day of it.
    """
    lives: dict[str, list[PrepaidUnit]] = {}
    for unit in units:
        lives.setdefault(unit.unit_id, []).append(unit)
    settled = {unit_id: batch for batch in invoiced for unit_id in batch.unit_ids}
    parts = Counter[date]()
    for batch in settled.values():
        parts[batch.first_on] = max(parts[batch.first_on], batch.part)
    batches: dict[tuple[date, int], list[Member]] = {}
    for unit_id, assignments in lives.items():
        member = _member(terms, assignments)
        if member is None:
            continue
        if unit_id in settled:
            batches.setdefault((settled[unit_id].first_on, settled[unit_id].part), []).append(member)
            continue
        first_on = _first_day(terms, member, assignments[0].operational_on)
        if member.runs_on(first_on):
            batches.setdefault((first_on, parts[first_on] + 1), []).append(member)
    return [Batch(terms, first_on, tuple(members), part) for (first_on, part), members in sorted(batches.items())]


def _first_day(terms: ContractTerms, member: Member, operational_on: date | None) -> date:
    return max(filter(None, (day_holding(member.from_at, terms.timezone), terms.first_on, operational_on)))


def _member(terms: ContractTerms, assignments: list[PrepaidUnit]) -> Member | None:
    """The unit from the first to the last instant of its assignments that count; none, when none does."""
    never = datetime.max.replace(tzinfo=UTC)
    spans = [span for one in assignments if (span := terms.within(one.from_at, one.to_at or never)) is not None]
    if not spans:
        return None
    from_at, to_at = min(start for start, _ in spans), max(end for _, end in spans)
    kw = assignments[0].rated_w / 1000
    if to_at == never:
        return Member(assignments[0].unit_id, kw, from_at, None, None)
    return Member(assignments[0].unit_id, kw, from_at, to_at, last_day_before(to_at, terms.timezone))
