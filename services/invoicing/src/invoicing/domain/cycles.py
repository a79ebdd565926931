"""The prepaid 31-day plan: batches of units that start together, and their cycles (rules 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from common.clock import add_months, day_start
from invoicing.domain.invoice import InvoiceStatus
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
    """Units of one contract with the same first day; they have their own cycles and invoices."""

    terms: ContractTerms
    first_on: date
    members: tuple[Member, ...]

    @property
    def key(self) -> str:
        return f"{self.terms.contract_id}/{self.first_on.isoformat()}"

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


def batches_of(terms: ContractTerms, units: Iterable[PrepaidUnit]) -> list[Batch]:
    """The contract's units by first day, earliest batch first; units stay in the order given.

    A first cycle begins at the latest of the operational day, the assignment and the contract's start; a unit that
    came back goes on in the cycles of its first assignment. One that has left for good by then is in no batch.
    """
    lives: dict[str, list[PrepaidUnit]] = {}
    for unit in units:
        lives.setdefault(unit.unit_id, []).append(unit)
    batches: dict[date, list[Member]] = {}
    for assignments in lives.values():
        member, operational_on = _member(terms, assignments), assignments[0].operational_on
        if member is None:
            continue
        first_on = max(filter(None, (day_holding(member.from_at, terms.timezone), terms.first_on, operational_on)))
        if member.runs_on(first_on):
            batches.setdefault(first_on, []).append(member)
    return [Batch(terms, first_on, tuple(members)) for first_on, members in sorted(batches.items())]


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


def gate_is_open(first_invoice: InvoiceStatus | None, *, agreement_signed: bool) -> bool:
    """Units may be energized only when the first invoice is paid and the hosting agreement signed (rule 6.2)."""
    return first_invoice is InvoiceStatus.PAID and agreement_signed
