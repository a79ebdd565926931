"""What a contract may have switched on besides the ordinary lines, as a step of rating after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from invoicing.domain import commitment, curtailment, demand, market_price, uptime, utility_closure
from invoicing.domain.lines import Line
from invoicing.domain.rated import Rated
from invoicing.domain.site_facts import Given

Extra = Callable[[Given], list[Line]]

PROFILED = (
    market_price.MarketPassThrough,
    demand.DemandCharge,
    uptime.UptimePromise,
    curtailment.CurtailmentSettlement,
)
"""Settings that need the quarters and down spans of a usage profile from metering."""

EXTRAS: tuple[Extra, ...] = (
    market_price.lines_for,
    demand.lines_for,
    commitment.lines_for,
    utility_closure.lines_for,
    curtailment.lines_for,
    uptime.lines_for,
)
"""In the order of their lines; each sees the lines before it (the uptime credit is a share of charges)."""


def extra_lines(rated: Rated) -> Rated:
    """The lines of every setting that the contract has; without settings, nothing changes."""
    if not rated.terms.extras or rated.billed is None:
        return rated
    lines = list(rated.lines)
    source = rated.source
    for extra in EXTRAS:
        lines += extra(Given(rated.terms, source.usage, source.period, rated.billed, source.facts, lines))
    return replace(rated, lines=tuple(lines))


def wants_profile(extras: tuple[object, ...]) -> bool:
    """Whether metering has to send quarters and down spans for a contract with these settings."""
    return any(isinstance(extra, PROFILED) for extra in extras)
