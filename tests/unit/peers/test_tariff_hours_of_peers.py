"""Hourly prices over the change of the clock (NREL/EnergyPlus#7814: a time-of-use tariff took the wrong hours)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from common.clock import day_end, day_start
from invoicing.domain.market_price import MarketPassThrough, lines_for
from invoicing.domain.periods import period_named
from invoicing.domain.site_facts import Given, PriceRow, SiteFacts
from unit.invoicing.extras_given import in_quarters, terms_with, usage_of

HOUR = timedelta(hours=1)
ZONE = "America/Chicago"


@pytest.mark.parametrize(("changed", "hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25)])
def test_each_real_hour_of_a_changed_day_has_its_own_price(changed: date, hours: int) -> None:
    """NREL/EnergyPlus#7814: 23 or 25 hours, each at its price, the repeated one too."""
    start, end = day_start(changed, ZONE), day_end(changed, ZONE)
    prices = tuple(PriceRow(start + n * HOUR, start + (n + 1) * HOUR, Decimal(n)) for n in range(hours))
    assert prices[-1].to_at == end
    usage = usage_of(from_at=start, to_at=end, quarters=in_quarters(start, end, Fraction(1000 * hours)))
    period = period_named(f"{changed:%Y-%m}", 1, ZONE)
    terms = replace(terms_with(MarketPassThrough("hub")), timezone=ZONE)
    given = Given(terms, [usage], period, (period.from_at, period.to_at), SiteFacts(prices=prices))
    (line,) = lines_for(given)
    assert line.amount == sum(range(hours))
    assert len(line.products) == hours
