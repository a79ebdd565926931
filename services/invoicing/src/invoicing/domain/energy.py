"""Energy lines: one per method and rate, the units summed (rules 4.4, 4.6; infinity: rule 5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from common.money import exact_text, round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Line, LineKind, LineMethod, line_amount, share_kwh
from invoicing.domain.periods import hours_between
from invoicing.domain.rated import Rated
from invoicing.domain.sums import Cell


def energy_lines(rated: Rated) -> Rated:
    """By priority of method, then by the first instant of the rate; a method that counted has its line, also with 0."""
    if not rated.sums.energy:
        return rated
    lines = [
        _line(rated, method, rate, cells)
        for method in rated.terms.methods
        for rate in rated.rates
        if (cells := rated.sums.energy.get((method, rate)))
    ]
    return replace(rated, lines=(*rated.lines, *lines))


def _line(rated: Rated, method: LineMethod, rate: Decimal, cells: dict[str, Cell]) -> Line:
    used = [(unit_id, cell.kwh) for unit_id, cell in cells.items()]
    kwh = round_half_up(exact_sum([energy for _, energy in used]), KWH_DECIMALS)
    return Line(
        kind=LineKind.ENERGY,
        contract_id=rated.terms.contract_id,
        method=method,
        kwh=kwh,
        rate=rate,
        amount=line_amount(kwh, rate, rated.decimals),
        estimated=any(cell.estimated for cell in cells.values()),
        units=share_kwh(kwh, used),
        tax_code=TAX_ENERGY,
    )


def spec_lines(rated: Rated) -> Rated:
    """Infinity: quantity x TH/s x J/TH x hours, at each rate of the billed span (rule 5); none of suspended days."""
    spec = rated.terms.spec
    if spec is None or rated.billed is None:
        return rated
    draw_kw = Fraction(spec.quantity) * Fraction(spec.ths) * Fraction(spec.jth) / 1000
    hours: dict[Decimal, Fraction] = {}
    for part in rated.terms.awake(*rated.billed):
        for from_at, to_at, rate in rated.terms.rate_spans(*part):
            hours[rate] = hours.get(rate, Fraction(0)) + hours_between(from_at, to_at)
    lines = [_spec_line(rated, draw_kw, time, rate) for rate, time in hours.items()]
    return replace(rated, lines=(*rated.lines, *lines))


def _spec_line(rated: Rated, draw_kw: Fraction, hours: Fraction, rate: Decimal) -> Line:
    kwh = round_half_up(draw_kw * hours, KWH_DECIMALS)
    return Line(
        kind=LineKind.ENERGY,
        contract_id=rated.terms.contract_id,
        method=LineMethod.SPEC,
        kwh=kwh,
        rate=rate,
        amount=line_amount(kwh, rate, rated.decimals),
        description=f"{exact_text(draw_kw)} kW for {exact_text(hours)} h",
        tax_code=TAX_ENERGY,
    )
