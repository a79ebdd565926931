"""What the evidence of a prepaid cycle gives back or charges: zero spans, or the band's true-up (rules 6.3, 6.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from common.money import minor_unit, round_half_up
from invoicing.domain.cycles import Batch, Cycle, Member
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import TAX_ENERGY, Factor, Line, LineKind, Product
from invoicing.domain.periods import hours_between
from invoicing.domain.sums import merged
from invoicing.domain.terms import ZeroSpanCredit
from invoicing.domain.usage import UnitUsage

TOLERATED = timedelta(hours=24)
BAND = Fraction(1, 10)
DISTANCE = 2
"""The reconciliation of cycle N stands on the invoice of cycle N + 2."""

UsageByUnit = Mapping[str, Sequence[UnitUsage]]
"""By unit, its spans cut at the edges of the cycles, with at least a day before and after the cycle."""


def reconciliation(batch: Batch, number: int, usage: UsageByUnit) -> list[Product]:
    """By unit, kWh x rate that the cycle's evidence changes; the sum, rounded once, is the cycle's adjustment."""
    cycle = batch.cycle(number)
    rate = Factor("rate", Fraction(batch.terms.rate_at(cycle.from_at)), "/kWh")
    products = []
    for member in batch.running(number):
        spans = [span for span in usage.get(member.unit_id, ()) if _of(member, span)]
        if batch.prepaid.true_up_beyond_band:
            kwh = _true_up(member, cycle, spans)
        else:
            kwh = _zero_spans(batch.prepaid.zero_span, member, cycle, spans)
        if kwh:
            products.append(Product(member.unit_id, (Factor("energy", kwh, "kWh", 3), rate)))
    return products


def _of(member: Member, span: UnitUsage) -> bool:
    return member.from_at <= span.from_at and (member.to_at is None or span.to_at <= member.to_at)


def _zero_spans(credit: ZeroSpanCredit, member: Member, cycle: Cycle, spans: Sequence[UnitUsage]) -> Fraction:
    """Minus rated kW x the hours, inside the cycle, of every run of exact zero that is longer than a day in all."""
    hours = Fraction(0)
    for from_at, to_at in merged(zero for span in spans for zero in span.zero_spans):
        if to_at - from_at <= TOLERATED:
            continue
        counted_at = from_at + TOLERATED if credit is ZeroSpanCredit.BEYOND_24 else from_at
        start, end = max(counted_at, cycle.from_at), min(to_at, cycle.to_at)
        if start < end:
            hours += hours_between(start, end)
    return -member.rated_kw * hours


def _true_up(member: Member, cycle: Cycle, spans: Sequence[UnitUsage]) -> Fraction:
    """The whole deviation from the nameplate over the hours with evidence, once it leaves the band of 10 %."""
    inside = [s for s in spans if cycle.from_at <= s.from_at and s.to_at <= cycle.to_at]
    used = [method for span in inside for method in span.by_method.values()]
    nameplate = member.rated_kw * exact_sum([method.hours for method in used])
    deviation = exact_sum([method.energy_kwh for method in used]) - nameplate
    return deviation if abs(deviation) > nameplate * BAND else Fraction(0)


def adjustment_lines(
    batch: Batch,
    number: int,
    usage: UsageByUnit,
    posted: Mapping[str, Decimal],
    changed: Collection[int] | None = None,
) -> tuple[Line, ...]:
    """On the invoice of a cycle: one line for each cycle that is two back or older, as the evidence now differs.

    `posted` holds what was adjusted so far by cycle key; a cycle without a difference has no line. `changed` names the
    older cycles whose evidence changed, the only ones looked at besides the one that is two back; none: all.
    """
    lines = []
    decimals = minor_unit(batch.terms.currency)
    for earlier in range(1, number - DISTANCE + 1):
        if changed is not None and earlier not in changed and earlier != number - DISTANCE:
            continue
        key = batch.cycle_key(earlier)
        products = reconciliation(batch, earlier, usage)
        before = posted.get(key, Decimal(0))
        amount = round_half_up(exact_sum([product.value for product in products]), decimals) - before
        if not amount:
            continue
        if before:
            products.append(Product("posted before", (Factor("amount", -Fraction(before)),)))
        lines.append(
            Line(
                kind=LineKind.ADJUSTMENT,
                contract_id=batch.terms.contract_id,
                amount=amount,
                refers_to=key,
                products=tuple(products),
                tax_code=TAX_ENERGY,
            )
        )
    return tuple(lines)


def posted_adjustments(lines: Sequence[Line]) -> dict[str, Decimal]:
    """Sums of earlier adjustment lines by the cycle key they refer to."""
    posted: dict[str, Decimal] = {}
    for line in lines:
        if line.kind is LineKind.ADJUSTMENT and line.refers_to is not None:
            posted[line.refers_to] = posted.get(line.refers_to, Decimal(0)) + line.amount
    return posted
