"""A contract whose terms were amended: which of them hold when, and the lines of a period in which they change.

Energy goes on with its line whatever else is amended (rule 4.4). Every other charge is reckoned once for each of its
own terms, over the time in which they held; an extra then looks at that part, as if the contract covered no more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from invoicing.domain import demand
from invoicing.domain.connector import connector_fee_line
from invoicing.domain.demand import DemandCharge, peak_of
from invoicing.domain.energy import energy_lines, spec_lines
from invoicing.domain.extras import EXTRAS, extra_lines
from invoicing.domain.failover import failover_line, unbilled_hours
from invoicing.domain.fixed import fixed_unit_line
from invoicing.domain.lines import Line, LineKind, LineMethod
from invoicing.domain.overage import overage_line
from invoicing.domain.rated import Rated
from invoicing.domain.site_facts import Given, SiteFacts
from invoicing.domain.sums import sums_of
from invoicing.domain.terms import AMENDABLE, ContractTerms, FormerTerms

Piece = tuple[datetime, datetime, ContractTerms]
Step = Callable[[Rated], Rated]


def pieces_of(terms: ContractTerms, from_at: datetime, to_at: datetime) -> list[Piece]:
    """The terms within a span, in order of time; what does not differ is one piece."""
    found: list[Piece] = []
    start = from_at
    for one in terms.former:
        if start < min(one.until_at, to_at):
            found.append((start, min(one.until_at, to_at), _as(terms, one)))
            start = min(one.until_at, to_at)
    if start < to_at:
        found.append((start, to_at, replace(terms, former=())))
    out = found[:1]
    for piece in found[1:]:
        before = out[-1]
        if before[2] == piece[2] and before[2].extras == piece[2].extras:
            out[-1] = (before[0], piece[1], before[2])
        else:
            out.append(piece)
    return out


def _as(terms: ContractTerms, one: FormerTerms) -> ContractTerms:
    held: dict[str, Any] = {name: getattr(one, name) for name in AMENDABLE}
    return replace(terms, former=(), **held)


def rate_pieces(whole: Rated, pieces: Sequence[Piece]) -> Rated:
    """The lines of a contract whose terms change within the billed span. A fixed hashrate has lines for each piece."""
    if whole.terms.spec is not None:
        return _one_after_the_other(whole, pieces)
    rated = _charges(whole, pieces)
    if len({piece[2].extras for piece in pieces}) == 1:
        rated = replace(rated, source=replace(rated.source, terms=pieces[-1][2]))
        return replace(extra_lines(rated), source=whole.source)
    return replace(rated, lines=(*rated.lines, *_extras(whole, pieces)))


def _one_after_the_other(whole: Rated, pieces: Sequence[Piece]) -> Rated:
    for piece in pieces:
        part = connector_fee_line(spec_lines(_part(whole, [piece])))
        whole = replace(whole, lines=(*whole.lines, *part.lines), payouts=(*whole.payouts, *part.payouts))
    return whole


def _charges(whole: Rated, pieces: Sequence[Piece]) -> Rated:
    methods = tuple(dict.fromkeys(method for _, _, terms in pieces for method in terms.methods))
    rated = _energy(whole, methods)
    groups: tuple[tuple[tuple[Step, ...], Callable[[ContractTerms], Hashable]], ...] = (
        ((failover_line, unbilled_hours), lambda terms: terms.failover),
        ((fixed_unit_line,), lambda terms: terms.fixed_monthly),
        ((overage_line,), lambda terms: (terms.power_cap_kw, terms.overage_rate)),
    )
    for steps, value_of in groups:
        by_value: dict[Hashable, list[Piece]] = {}
        for piece in pieces:
            by_value.setdefault(value_of(piece[2]), []).append(piece)
        for own in by_value.values():
            rated = _joined(rated, _stepped(_by(_part(whole, own), methods), steps))
    return rated


def _energy(whole: Rated, methods: tuple[LineMethod, ...]) -> Rated:
    return replace(energy_lines(_by(whole, methods)), source=whole.source) if methods else whole


def _by(rated: Rated, methods: tuple[LineMethod, ...]) -> Rated:
    """Methods in the order in which they were ever first agreed."""
    return replace(rated, source=replace(rated.source, terms=replace(rated.terms, methods=methods)))


def _stepped(rated: Rated, steps: Sequence[Step]) -> Rated:
    for step in steps:
        rated = step(rated)
    return rated


def _joined(rated: Rated, part: Rated) -> Rated:
    hours = dict(rated.unbilled)
    for unit_id, time in part.unbilled.items():
        hours[unit_id] = hours.get(unit_id, time * 0) + time
    return replace(rated, lines=(*rated.lines, *part.lines), unbilled=hours, caps=(*rated.caps, *part.caps))


def _part(whole: Rated, own: Sequence[Piece]) -> Rated:
    """The contract as far as these pieces go, under the terms of the first; no lines yet."""
    usage = [used for used in whole.source.usage if any(a <= used.from_at < b for a, b, _ in own)]
    source = replace(whole.source, terms=own[0][2], usage=usage, facts=_facts_in(whole, own))
    return Rated(source, (own[0][0], own[-1][1]), sums_of(whole.terms, usage))


def _facts_in(whole: Rated, own: Sequence[Piece]) -> SiteFacts:
    """Proceeds and losses belong to the part in which their event or bill ends; all else is cut by the usage."""
    assert whole.billed is not None
    period, facts = whole.source.period, whole.source.facts
    since = period.from_at if own[0][0] == whole.billed[0] else own[0][0]
    until = period.to_at if own[-1][1] == whole.billed[1] else own[-1][1]
    curtailments = [
        event if since < event.to_at <= until else replace(event, proceeds=None, participants=())
        for event in facts.curtailments
    ]
    losses = [loss for loss in facts.losses if since < loss.bill_to_at <= until]
    return replace(facts, curtailments=curtailments, losses=losses)


def _extras(whole: Rated, pieces: Sequence[Piece]) -> list[Line]:
    """Each run of pieces with the same extras by itself; the period's one peak as was agreed when it was reached."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][-1][2].extras == piece[2].extras:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    peak = peak_of(_given(whole, []))
    peak_at = peak.at if peak is not None else pieces[-1][0]
    lines: list[Line] = []
    for own in runs:
        part = _part(whole, own)
        before = list(_charges(part, own).lines)
        for extra in EXTRAS:
            made = extra(_given(part, before))
            before += made
            lines += [line for line in made if line.kind is not LineKind.DEMAND]
        if own[0][0] <= max(peak_at, pieces[0][0]) < own[-1][1] and _asks_demand(own[0][2]):
            lines += _demand(whole, own[0][2])
    return lines


def _asks_demand(terms: ContractTerms) -> bool:
    return any(isinstance(extra, DemandCharge) for extra in terms.extras)


def _demand(whole: Rated, terms: ContractTerms) -> list[Line]:
    given = replace(_given(whole, []), terms=terms)
    return demand.lines_for(given)


def _given(rated: Rated, lines: list[Line]) -> Given:
    assert rated.billed is not None
    source = rated.source
    return Given(source.terms, source.usage, source.period, rated.billed, source.facts, lines)
