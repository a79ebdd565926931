"""The power cap: who is told, and the energy above it where a rate was agreed (rule 4.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Line, LineKind, LineMethod, line_amount, share_kwh
from invoicing.domain.rated import CapNotice, Rated
from invoicing.domain.usage import Quarter

QUARTER_HOUR = Fraction(1, 4)

_Parts = list[tuple[str, Quarter]]


def overage_line(rated: Rated) -> Rated:
    """Quarter hours whose mean exceeds the cap: printed as a notice, billed only at an agreed overage rate."""
    cap = rated.terms.power_cap_kw
    if cap is None or not rated.terms.bills_by_method:
        return rated
    limit = Fraction(cap) * QUARTER_HOUR
    energy = {at: exact_sum([k for _, q in parts for k in q.by_method.values()]) for at, parts in _quarters(rated)}
    exceeded = {at: kwh for at, kwh in energy.items() if kwh > limit}
    if not exceeded:
        return rated
    above = exact_sum([kwh - limit for kwh in exceeded.values()])
    peak_at = max(exceeded, key=exceeded.__getitem__)
    notice = CapNotice(rated.terms.contract_id, cap, len(exceeded), exceeded[peak_at] / QUARTER_HOUR, peak_at, above)
    rated = replace(rated, caps=(notice,))
    kwh = round_half_up(above, KWH_DECIMALS)
    if rated.terms.overage_rate is None or not kwh:
        return rated
    return replace(rated, lines=(*rated.lines, _line(rated, kwh, limit, [rated.sums.quarters[at] for at in exceeded])))


def _quarters(rated: Rated) -> list[tuple[datetime, _Parts]]:
    return sorted(rated.sums.quarters.items())


def _line(rated: Rated, kwh: Decimal, limit: Fraction, exceeded: list[_Parts]) -> Line:
    """Its method is the first in priority that contributed; a quarter's excess is shared by the energy in it."""
    above: dict[str, list[Fraction]] = {}
    contributed: set[LineMethod] = set()
    for parts in exceeded:
        energy = [(unit_id, exact_sum(list(quarter.by_method.values()))) for unit_id, quarter in parts]
        total = exact_sum([used for _, used in energy])
        for unit_id, used in energy:
            above.setdefault(unit_id, []).append(used * (total - limit) / total)
        contributed.update(method for _, quarter in parts for method, used in quarter.by_method.items() if used)
    order = dict.fromkeys(usage.unit_id for usage in rated.source.usage)
    rate = rated.terms.overage_rate
    assert rate is not None
    return Line(
        kind=LineKind.OVERAGE,
        contract_id=rated.terms.contract_id,
        method=next(method for method in rated.terms.methods if method in contributed),
        kwh=kwh,
        rate=rate,
        amount=line_amount(kwh, rate, rated.decimals),
        units=share_kwh(kwh, [(unit_id, exact_sum(above[unit_id])) for unit_id in order if unit_id in above]),
        tax_code=TAX_ENERGY,
    )
