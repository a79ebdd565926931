"""The prepaid plan: batches, cycles, charges, reconciliation (rules 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from support.reference.case import Contract, Unit
from support.reference.counted import Counted, Evidence
from support.reference.days import EVER, NEVER, Instant, add_months, first_instant, last_day, local_day
from support.reference.lines import Line
from support.reference.numbers import half_up, minor, split

LONG = 24 * 3600
Span = tuple[Instant, Instant]


@dataclass(frozen=True)
class Member:
    """A unit in a batch with its last cycle (None: open)."""

    unit: Unit
    final: int | None


@dataclass(frozen=True)
class Batch:
    """Units of a contract whose first cycle begins on the same day."""

    contract: Contract
    first_on: date
    zone: str
    members: tuple[Member, ...]

    def first_day(self, cycle: int) -> date:
        return _first_day(self.contract, self.first_on, cycle)

    def starts_at(self, cycle: int) -> int:
        return first_instant(self.first_day(cycle), self.zone)

    def active(self, cycle: int) -> list[Member]:
        return [one for one in self.members if one.final is None or cycle <= one.final]

    def rate(self, cycle: int) -> Fraction:
        return self.contract.rate(self.starts_at(cycle))


def _first_day(contract: Contract, first_on: date, cycle: int) -> date:
    if contract.terms["prepaid"]["cycle"] == "anchored_month":
        return add_months(first_on, cycle - 1)
    return first_on + timedelta(days=31 * (cycle - 1))


def batches(contract: Contract, evidence: Evidence, zone: str) -> list[Batch]:
    """The batches of a contract, by first day."""
    found: dict[date, list[Member]] = defaultdict(list)
    for unit in evidence.units:
        windows = unit.windows(contract)
        if not windows:
            continue
        days = [local_day(windows[0][0], zone)]
        days += [unit.operational_on] if unit.operational_on else []
        first_on, end = max(days), windows[-1][1]
        if end == NEVER:
            found[first_on].append(Member(unit, None))
        elif last_day(end, zone) >= first_on:
            found[first_on].append(Member(unit, _final(contract, first_on, last_day(end, zone))))
    return [Batch(contract, first_on, zone, tuple(found[first_on])) for first_on in sorted(found)]


def _final(contract: Contract, first_on: date, last_on: date) -> int:
    """The cycle that holds the last day."""
    cycle = 1
    while _first_day(contract, first_on, cycle + 1) <= last_on:
        cycle += 1
    return cycle


def _charge(batch: Batch, members: Sequence[Member], cycle: int) -> Fraction:
    kwh = half_up(sum((one.unit.rated_kw for one in members), Fraction(0)) * 24 * 31, 3)
    return half_up(kwh * batch.rate(cycle), minor(batch.contract.currency))


def prepayments(batch: Batch, cycle: int) -> list[Line]:
    """The cycle's charge; with the first one the amount held; from a unit's final one what was held for it."""
    members = batch.active(cycle)
    if not members:
        return []
    amounts = [_charge(batch, members, cycle)]
    staying = [one for one in batch.members if one.final != 1]
    if staying:
        held = _charge(batch, staying, 1)
        parts = split(held, [one.unit.rated_kw for one in staying], minor(batch.contract.currency))
        ending = [part for one, part in zip(staying, parts, strict=True) if one.final == cycle]
        amounts += [held] if cycle == 1 else []
        amounts += [-sum(ending, Fraction(0))] if ending else []
    return [Line(batch.contract.id, "prepayment", amount, "energy") for amount in amounts]


def reconciled(batch: Batch, evidence: Evidence, cycle: int) -> Fraction:
    """What the evidence known so far adds to a cycle, below zero a credit; rounded once."""
    terms = batch.contract.terms["prepaid"]
    span = batch.starts_at(cycle), batch.starts_at(cycle + 1)
    kwh = Fraction(0)
    for one in batch.active(cycle):
        counted = evidence.counted(one.unit, batch.contract, EVER, NEVER)
        if terms.get("true_up_beyond_band"):
            kwh += _deviation(one.unit, counted, span)
        else:
            beyond = terms.get("zero_span") == "beyond_24"
            kwh -= one.unit.rated_kw * _idle_seconds(counted, span, beyond) / 3600
    return half_up(kwh * batch.rate(cycle), minor(batch.contract.currency))


def _within(one: Counted, span: Span) -> Fraction:
    """Hours of a stretch that lie in a span."""
    return Fraction(max(0, min(one.end, span[1]) - max(one.start, span[0]))) / 3600


def _deviation(unit: Unit, counted: Sequence[Counted], span: Span) -> Fraction:
    """The whole deviation from the nameplate over the hours with evidence, where it leaves the band of 10 %."""
    known = [one for one in counted if one.method is not None]
    energy = sum((one.kw * _within(one, span) for one in known), Fraction(0))
    plate = sum((unit.rated_kw * _within(one, span) for one in known), Fraction(0))
    return energy - plate if abs(energy - plate) > plate / 10 else Fraction(0)


def _idle_spans(counted: Sequence[Counted]) -> list[Span]:
    """Continuous spans of exactly zero by the first available method."""
    spans: list[Span] = []
    for one in counted:
        if one.method is not None and one.kw == 0:
            if spans and spans[-1][1] == one.start:
                spans[-1] = spans[-1][0], one.end
            else:
                spans.append((one.start, one.end))
    return spans


def _idle_seconds(counted: Sequence[Counted], cycle: Span, beyond: bool) -> Fraction:
    """Credited seconds of a cycle: of spans longer than 24 hours, the whole or what is beyond 24 hours."""
    total = Fraction(0)
    for start, end in _idle_spans(counted):
        if end - start > LONG:
            opens = start + LONG if beyond else start
            total += max(0, min(end, cycle[1]) - max(opens, cycle[0]))
    return total
