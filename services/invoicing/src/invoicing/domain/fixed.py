"""Fixed monthly amounts by unit or by site, prorated by actual days (rules 2.5, 5)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from common.clock import day_end, day_start
from common.money import round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import TAX_FIXED, Factor, Line, LineKind, Product
from invoicing.domain.periods import Period, days_covered
from invoicing.domain.rated import Rated
from invoicing.domain.terms import ContractTerms, SiteFee


def fixed_unit_line(rated: Rated) -> Rated:
    """Hosted and lease at a fixed amount per unit: one line, each unit by its own days."""
    monthly = rated.terms.fixed_monthly
    if monthly is None or not rated.sums.covered:
        return rated
    products = [
        _share(unit_id, Fraction(monthly), days_covered(parts, rated.terms.timezone), rated.source.period)
        for unit_id, parts in rated.sums.covered.items()
    ]
    return replace(rated, lines=(*rated.lines, _line(rated, tuple(products))))


def site_lines(rated: Rated) -> Rated:
    """O&M: a line per site, for the days of the site within the contract and the period."""
    lines = []
    for site in rated.terms.sites:
        days = _site_days(site, rated.terms, rated.source.period)
        if days > 0:
            product = _share(site.site_id, Fraction(site.monthly), days, rated.source.period)
            lines.append(_line(rated, (product,), site.site_id))
    return replace(rated, lines=(*rated.lines, *lines)) if lines else rated


def _site_days(site: SiteFee, terms: ContractTerms, period: Period) -> Fraction:
    """Local days of the site within contract and period, without whole days of suspension; the last day counts."""
    first_on = max(period.first_on, terms.first_on, site.from_on or terms.first_on)
    last_on = min(day for day in (period.last_on, terms.last_on, site.to_on) if day is not None)
    if last_on < first_on:
        return Fraction(0)
    span = day_start(first_on, terms.timezone), day_end(last_on, terms.timezone)
    return days_covered(terms.awake(*span), terms.timezone)


def _share(of: str, monthly: Fraction, days: Fraction, period: Period) -> Product:
    return Product(
        of,
        (
            Factor("monthly amount", monthly, "", 6),
            Factor("days covered", days, "days"),
            Factor("share of the period's days", Fraction(1, period.days), f"1/{period.days}", 8),
        ),
    )


def _line(rated: Rated, products: tuple[Product, ...], description: str = "") -> Line:
    return Line(
        kind=LineKind.FIXED,
        contract_id=rated.terms.contract_id,
        amount=round_half_up(exact_sum([product.value for product in products]), rated.decimals),
        products=products,
        description=description,
        tax_code=TAX_FIXED,
    )
