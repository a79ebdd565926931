"""Rating: one contract's usage in one period becomes its lines, by an ordered list of pure steps (rules 4, 5).

The order of the steps is the order of the lines on the invoice, except that a fee on the energy charge reads the energy
lines before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from invoicing.domain.connector import connector_fee_line
from invoicing.domain.energy import energy_lines, spec_lines
from invoicing.domain.extras import extra_lines
from invoicing.domain.failover import failover_line, unbilled_hours
from invoicing.domain.fixed import fixed_unit_line, site_lines
from invoicing.domain.overage import overage_line
from invoicing.domain.pieces import pieces_of, rate_pieces
from invoicing.domain.rated import Rated, Source
from invoicing.domain.sums import Sums, sums_of
from invoicing.domain.terms import Plan

Step = Callable[[Rated], Rated]

STEPS: tuple[Step, ...] = (
    energy_lines,
    spec_lines,
    failover_line,
    unbilled_hours,
    fixed_unit_line,
    site_lines,
    connector_fee_line,
    overage_line,
    extra_lines,
)


def rate(source: Source, steps: Sequence[Step] = STEPS) -> Rated:
    """The lines of a contract in a period; a prepaid contract has none, its cycles are billed apart (rule 6)."""
    billed = source.billed
    if billed is None or source.terms.plan is Plan.PREPAID:
        return Rated(source, billed, Sums())
    if source.terms.former:
        pieces = pieces_of(source.terms, *billed)
        if len(pieces) > 1:
            return rate_pieces(Rated(source, billed, sums_of(source.terms, source.usage)), pieces)
        source = replace(source, terms=pieces[0][2])
    rated = Rated(source, billed, sums_of(source.terms, source.usage))
    for step in steps:
        rated = step(rated)
    return rated
