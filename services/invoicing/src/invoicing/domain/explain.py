"""Explain: a tree from a line's amount down to the reads it rests on (issue 4, Explain).

The figures of a node are those printed; re-computing them gives the printed amount (`lines.recomputed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from common.clock import instant_text
from common.money import exact_text, round_half_up
from invoicing.domain.lines import CHARGED, Line, LineKind, LineMethod, Product
from invoicing.domain.periods import hours_between
from invoicing.domain.reconcile import TOLERATED
from invoicing.domain.sums import merged
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import ChannelEvidence, MethodUsage, PricedSpan, UnitUsage


@dataclass(frozen=True, slots=True)
class Node:
    """A statement and what it rests on."""

    text: str
    children: tuple[Node, ...] = ()


def explained(line: Line, currency: str, terms: ContractTerms | None = None, usage: Sequence[UnitUsage] = ()) -> Node:
    """The tree of one line; `usage` are the contract's spans of the period or cycle, `terms` say why they counted."""
    return Node(_head(line, currency), (*_why(line, terms), *_units(line, terms, usage), *_products(line, usage)))


def _head(line: Line, currency: str) -> str:
    text = f"{line.kind.value} {line.amount} {currency}"
    quantity, unit = (line.kwh, " kWh") if line.kwh is not None else (line.quantity, "")
    if quantity is not None and line.rate is not None:
        text += f" = {quantity}{unit} x {line.rate}"
    if line.description:
        text += f", {line.description}"
    if line.refers_to and line.kind not in CHARGED:
        text += f", of {line.refers_to}"
    return text


def _why(line: Line, terms: ContractTerms | None) -> list[Node]:
    notes = []
    if terms is not None and line.method in terms.methods and line.method is not None:
        order = ", ".join(method.value for method in terms.methods)
        place = terms.methods.index(line.method) + 1
        notes.append(
            Node(f"method {line.method.value}: number {place} of {order}; counts where none before it is known")
        )
    elif line.method is not None:
        notes.append(Node(f"method {line.method.value}"))
    if line.estimated:
        notes.append(Node("holds an estimate for a register that was reset"))
    return notes


def _units(line: Line, terms: ContractTerms | None, usage: Sequence[UnitUsage]) -> list[Node]:
    nodes = []
    for unit_id, kwh in line.units:
        spans = [s for s in usage if s.unit_id == unit_id and _at_rate(line, terms, s)]
        children = [node for span in spans if (node := _span(line, span)) is not None]
        nodes.append(Node(f"unit {unit_id}: {kwh} kWh", tuple(children)))
    return nodes


def _at_rate(line: Line, terms: ContractTerms | None, span: UnitUsage) -> bool:
    return line.kind is not LineKind.ENERGY or terms is None or terms.rate_at(span.from_at) == line.rate


def _span(line: Line, span: UnitUsage) -> Node | None:
    if line.kind is LineKind.FAILOVER:
        if span.failover is None:
            return None
        hours, energy = span.failover.hours, span.failover.hours * span.rated_w / 1000
        text = f"{_exactly(hours, 'h')} without evidence x rated {_exactly(span.rated_w / 1000, 'kW')}"
        return Node(f"{_between(span)}: {_exactly(energy, 'kWh')}; {text}", _price_rows(span.hashprice))
    used = span.by_method.get(line.method) if line.method is not None else None
    if used is None:
        return None
    return Node(_used(span, used), (*_flags(span), *_channels(line, span)))


def _used(span: UnitUsage, used: MethodUsage) -> str:
    return f"{_between(span)}: {_exactly(used.energy_kwh, 'kWh')} in {_exactly(used.hours, 'h')}"


def _flags(span: UnitUsage) -> list[Node]:
    return [Node("evidence: " + ", ".join(sorted(span.flags)))] if span.flags else []


def _channels(line: Line, span: UnitUsage) -> list[Node]:
    if line.method is not LineMethod.METERED:
        return []
    return [Node(_channel(seen)) for seen in span.evidence]


def _channel(seen: ChannelEvidence) -> str:
    text = f"channel {seen.channel_id}: {seen.read_count} reads"
    if seen.first_read_at is not None and seen.first_register_kwh is not None:
        text += f", from {exact_text(seen.first_register_kwh)} at {instant_text(seen.first_read_at)}"
    if seen.last_read_at is not None and seen.last_register_kwh is not None:
        text += f" to {exact_text(seen.last_register_kwh)} at {instant_text(seen.last_read_at)}"
    return text


def _products(line: Line, usage: Sequence[UnitUsage]) -> list[Node]:
    nodes = []
    for product in line.products:
        own = [span for span in usage if span.unit_id == product.of]
        rows: tuple[Node, ...] = ()
        if line.method is LineMethod.MARKET_HASHPRICE:
            rows = tuple(node for span in own for node in _price_rows(span.hashprice))
        elif line.kind is LineKind.ADJUSTMENT:
            rows = (*_idle(own), *(node for span in own for node in _evidence(span)))
        nodes.append(Node(f"{product.of}: {_factors(product)}", rows))
    return nodes


def _idle(spans: Sequence[UnitUsage]) -> list[Node]:
    """The runs of exactly nothing that a prepaid unit is credited for (rule 6.4)."""
    runs = merged(zero for span in spans for zero in span.zero_spans)
    return [
        Node(f"{instant_text(a)} to {instant_text(b)}: nothing used for {_exactly(hours_between(a, b), 'h')}")
        for a, b in runs
        if b - a > TOLERATED
    ]


def _evidence(span: UnitUsage) -> list[Node]:
    """What counted in a span, by method, down to the reads."""
    reads = tuple(Node(_channel(seen)) for seen in span.evidence)
    return [
        Node(f"{_used(span, used)}, {method.value}", (*_flags(span), *(reads if method is LineMethod.METERED else ())))
        for method, used in span.by_method.items()
    ]


def _factors(product: Product) -> str:
    parts = [f"{factor.name} {exact_text(factor.value)} {factor.unit}".rstrip() for factor in product.factors]
    return " x ".join(parts) + (f" = {exact_text(product.value)}" if len(parts) > 1 else "")


def _price_rows(rows: Sequence[PricedSpan]) -> tuple[Node, ...]:
    return tuple(
        Node(f"hashprice {exact_text(r.price)} from {instant_text(r.from_at)} to {instant_text(r.to_at)}") for r in rows
    )


def _between(span: UnitUsage) -> str:
    return f"{instant_text(span.from_at)} to {instant_text(span.to_at)}"


def _exactly(number: Fraction, unit: str) -> str:
    """Up to six decimals for reading, and the exact number where they are not all of it."""
    figure, exact = exact_text(round_half_up(number, 6)), exact_text(number)
    return f"{figure} {unit}" if figure == exact else f"{figure} {unit} (exactly {exact})"
