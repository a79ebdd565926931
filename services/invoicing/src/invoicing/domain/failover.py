"""Failover lines and what stays unbilled (rules 4.2, 4.3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import (
    KWH_DECIMALS,
    TAX_ENERGY,
    Factor,
    Line,
    LineKind,
    LineMethod,
    Product,
    line_amount,
    share_kwh,
)
from invoicing.domain.rated import Rated
from invoicing.domain.sums import FailoverSum
from invoicing.domain.terms import FailoverMode


def failover_line(rated: Rated) -> Rated:
    """The contract's failover time as one line, by fixed rate or by hashprice.

    A contract with a fixed monthly amount misses no evidence: failover fills what the methods leave (rules 4.2, 5).
    """
    failover = rated.terms.failover
    if failover is None or not rated.sums.failover or not rated.terms.bills_by_method:
        return rated
    if failover.mode is FailoverMode.FIXED_RATE:
        assert failover.rate is not None
        return replace(rated, lines=(*rated.lines, _by_rate(rated, failover.rate)))
    assert failover.percent is not None
    priced = {unit: s for unit, s in rated.sums.failover.items() if s.priced_hours}
    if not priced:
        return rated
    return replace(rated, lines=(*rated.lines, _by_hashprice(rated, failover.percent, priced)))


def _by_rate(rated: Rated, rate: Decimal) -> Line:
    """Rated kW x hours x the failover rate."""
    used = [(unit_id, failed.kw_hours) for unit_id, failed in rated.sums.failover.items()]
    kwh = round_half_up(exact_sum([energy for _, energy in used]), KWH_DECIMALS)
    return Line(
        kind=LineKind.FAILOVER,
        contract_id=rated.terms.contract_id,
        method=LineMethod.FIXED_RATE,
        kwh=kwh,
        rate=rate,
        amount=line_amount(kwh, rate, rated.decimals),
        units=share_kwh(kwh, used),
        tax_code=TAX_ENERGY,
    )


def _by_hashprice(rated: Rated, percent: Decimal, priced: dict[str, FailoverSum]) -> Line:
    """Percent x the unit's own mean hashprice x PH/s x days, the units summed and rounded once."""
    products = tuple(
        Product(
            unit_id,
            (
                Factor("percent", Fraction(percent) / 100, "", 8),
                Factor("mean hashprice", failed.price_hours / failed.priced_hours, "$/PH/s/day"),
                Factor("rated hashrate", failed.ths_hours / failed.hours / 1000, "PH/s"),
                Factor("time", failed.hours / 24, "days"),
            ),
        )
        for unit_id, failed in priced.items()
    )
    return Line(
        kind=LineKind.FAILOVER,
        contract_id=rated.terms.contract_id,
        method=LineMethod.MARKET_HASHPRICE,
        amount=round_half_up(exact_sum([product.value for product in products]), rated.decimals),
        products=products,
        tax_code=TAX_ENERGY,
    )


def unbilled_hours(rated: Rated) -> Rated:
    """Time without evidence and without a price, by unit; only of usage contracts that bill by method."""
    if not rated.terms.bills_by_method:
        return rated
    hours = dict(rated.sums.unbilled)
    failover = rated.terms.failover
    if failover is not None and failover.mode is FailoverMode.MARKET_HASHPRICE:
        for unit_id, failed in rated.sums.failover.items():
            if not failed.priced_hours:
                hours[unit_id] = hours.get(unit_id, Fraction(0)) + failed.hours
    return replace(rated, unbilled=hours)
