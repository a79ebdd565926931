"""Spans of usage summed: days into one long span, and a contract's spans into what its lines are made of.

Rating works on sums, so a month of daily spans and one span of the whole month give the same lines (rule 1.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.errors import RuleBroken
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import LineMethod
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import ChannelEvidence, FailoverUsage, MethodUsage, Quarter, UnitUsage

Span = tuple[datetime, datetime]


class UsageRefused(RuleBroken):
    """Usage that no contract can be billed for."""

    code = "usage_refused"


@dataclass(slots=True)
class Cell:
    """What one unit used by one method at one rate, part by part."""

    parts: list[Fraction] = field(default_factory=list)
    estimated: bool = False

    @property
    def kwh(self) -> Fraction:
        return exact_sum(self.parts)


@dataclass(slots=True)
class FailoverSum:
    """A unit's failover time in the billed span; kW and TH/s stand multiplied by their hours."""

    hours: Fraction = Fraction(0)
    priced_hours: Fraction = Fraction(0)
    price_hours: Fraction = Fraction(0)
    kw_hours: Fraction = Fraction(0)
    ths_hours: Fraction = Fraction(0)

    def add(self, usage: UnitUsage, failover: FailoverUsage) -> None:
        self.hours += failover.hours
        self.priced_hours += failover.priced_hours
        self.price_hours += failover.price_hours
        self.kw_hours += failover.hours * usage.rated_w / 1000
        self.ths_hours += failover.hours * usage.rated_ths


@dataclass(slots=True)
class Sums:
    """A contract's usage in one period. Units stand in the order in which they were listed."""

    energy: dict[tuple[LineMethod, Decimal], dict[str, Cell]] = field(default_factory=dict)
    failover: dict[str, FailoverSum] = field(default_factory=dict)
    unbilled: dict[str, Fraction] = field(default_factory=dict)
    covered: dict[str, list[Span]] = field(default_factory=dict)
    quarters: dict[datetime, list[tuple[str, Quarter]]] = field(default_factory=dict)
    billed_kwh: Fraction = Fraction(0)
    pdu_kwh: Fraction = Fraction(0)


def sums_of(terms: ContractTerms, usage: Sequence[UnitUsage]) -> Sums:
    """The contract's spans summed by what its lines need; spans come unit by unit, each unit's at one rate."""
    sums = Sums()
    only_rate = terms.rates[0].rate if len(terms.rates) == 1 else None
    for span in usage:
        if span.by_method and terms.rates:
            _add_energy(sums, span, terms.rate_at(span.from_at) if only_rate is None else only_rate)
        if not (terms.rests and terms.rests_at(span.from_at)):
            _add_time(sums, span, is_fixed=terms.fixed_monthly is not None)
        for quarter in span.quarters:
            sums.quarters.setdefault(quarter.starts_at, []).append((span.unit_id, quarter))
    sums.billed_kwh = exact_sum([span.compared_billed_kwh for span in usage if span.compared_hours])
    sums.pdu_kwh = exact_sum([span.compared_pdu_kwh for span in usage if span.compared_hours])
    return sums


def _add_time(sums: Sums, span: UnitUsage, *, is_fixed: bool) -> None:
    """What is charged for time, not for energy that was drawn: a suspended contract does not owe it."""
    if span.failover is not None and span.failover.hours:
        sums.failover.setdefault(span.unit_id, FailoverSum()).add(span, span.failover)
    if span.unbilled_hours:
        sums.unbilled[span.unit_id] = sums.unbilled.get(span.unit_id, Fraction(0)) + span.unbilled_hours
    if is_fixed:
        sums.covered.setdefault(span.unit_id, []).extend(span.parts)


def _add_energy(sums: Sums, span: UnitUsage, rate: Decimal) -> None:
    for method, used in span.by_method.items():
        if used.hours <= 0:
            continue
        if used.energy_kwh < 0:
            raise UsageRefused(f"Unit {span.unit_id} used {used.energy_kwh} kWh; a quantity is never negative (1.4).")
        cells = sums.energy.setdefault((method, rate), {})
        cell = cells.get(span.unit_id)
        if cell is None:
            cell = cells[span.unit_id] = Cell()
        cell.parts.append(used.energy_kwh)
        cell.estimated |= used.estimated


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order of time, touching and overlapping ones as one."""
    result: list[Span] = []
    for from_at, to_at in sorted(spans):
        if result and from_at <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], to_at))
        else:
            result.append((from_at, to_at))
    return tuple(result)


def sum_usage(spans: Sequence[UnitUsage]) -> UnitUsage:
    """Many spans of one unit for one contract, at one rate and one rating, as a single one.

    Bills exactly as the spans themselves would. Spans of different units, contracts or ratings are refused.
    """
    first = spans[0]
    key = (first.unit_id, first.contract_id, first.rated_w, first.rated_ths)
    if any((s.unit_id, s.contract_id, s.rated_w, s.rated_ths) != key for s in spans):
        raise UsageRefused("Spans of different units, contracts or ratings do not add up to one.")
    if len(spans) == 1:
        return first
    parts = merged(part for span in spans for part in span.parts)
    return UnitUsage(
        unit_id=first.unit_id,
        contract_id=first.contract_id,
        from_at=parts[0][0],
        to_at=parts[-1][1],
        by_method=_methods(spans),
        failover=_failover([s.failover for s in spans if s.failover is not None]),
        unbilled_hours=exact_sum([s.unbilled_hours for s in spans]),
        compared_billed_kwh=exact_sum([s.compared_billed_kwh for s in spans]),
        compared_pdu_kwh=exact_sum([s.compared_pdu_kwh for s in spans]),
        compared_hours=exact_sum([s.compared_hours for s in spans]),
        zero_spans=merged(zero for s in spans for zero in s.zero_spans),
        quarters=tuple(q for s in spans for q in s.quarters),
        up_hours=exact_sum([s.up_hours for s in spans]),
        down_hours=exact_sum([s.down_hours for s in spans]),
        unknown_hours=exact_sum([s.unknown_hours for s in spans]),
        down_spans=merged(down for s in spans for down in s.down_spans),
        flags=frozenset().union(*(s.flags for s in spans)),
        evidence=_evidence(spans),
        hashprice=tuple(sorted({row for s in spans for row in s.hashprice}, key=lambda row: row.from_at)),
        rated_w=first.rated_w,
        rated_ths=first.rated_ths,
        covered=parts if len(parts) > 1 else (),
    )


def _methods(spans: Sequence[UnitUsage]) -> dict[LineMethod, MethodUsage]:
    by_method: dict[LineMethod, list[MethodUsage]] = {}
    for span in spans:
        for method, used in span.by_method.items():
            by_method.setdefault(method, []).append(used)
    return {
        method: MethodUsage(
            exact_sum([u.energy_kwh for u in used]), exact_sum([u.hours for u in used]), any(u.estimated for u in used)
        )
        for method, used in by_method.items()
    }


def _failover(parts: Sequence[FailoverUsage]) -> FailoverUsage | None:
    if not parts:
        return None
    return FailoverUsage(
        exact_sum([p.hours for p in parts]),
        exact_sum([p.priced_hours for p in parts]),
        exact_sum([p.price_hours for p in parts]),
    )


def _evidence(spans: Sequence[UnitUsage]) -> tuple[ChannelEvidence, ...]:
    """Per channel its first and its last read over all spans."""
    channels: dict[str, ChannelEvidence] = {}
    for span in sorted(spans, key=lambda s: s.from_at):
        for seen in span.evidence:
            known = channels.get(seen.channel_id, seen)
            channels[seen.channel_id] = ChannelEvidence(
                seen.channel_id,
                known.first_read_at or seen.first_read_at,
                known.first_register_kwh if known.first_read_at else seen.first_register_kwh,
                seen.last_read_at or known.last_read_at,
                seen.last_register_kwh if seen.last_read_at else known.last_register_kwh,
                seen.read_count + (known.read_count if known is not seen else 0),
            )
    return tuple(channels.values())
