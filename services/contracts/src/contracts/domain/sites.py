"""Sites: where units stand, in which zone their days begin, and what they can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.clock import zone_of
from common.errors import RuleBroken
from common.money import round_half_up
from contracts.domain.units import Unit


class CapacityOutOfRange(RuleBroken):
    """A site that carries nothing, or more than any does."""

    code = "capacity_out_of_range"


class CountryInvalid(RuleBroken):
    """A country is written with the two capital letters of ISO 3166."""

    code = "country_invalid"


class SiteCapacityExceeded(RuleBroken):
    """The rated power at the site would be above what it carries."""

    code = "site_capacity_exceeded"
    status = 409


@dataclass(frozen=True, slots=True)
class Site:
    """One place. `region` is printed on invoices and decides about tax; a blank rate means the organization's."""

    site_id: str
    name: str
    timezone: str
    capacity_kw: Fraction
    region: str = ""
    city: str = ""
    energy_rate: Decimal | None = None
    country: str = ""

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        if not 0 < self.capacity_kw <= 10_000_000:
            raise CapacityOutOfRange(
                f"A capacity of {_printed(self.capacity_kw)} kW is not possible.",
                field="capacity_kw",
                remedy="more than 0, at most 10000000 kW",
            )
        if self.country and not (len(self.country) == 2 and self.country.isascii() and self.country.isupper()):
            raise CountryInvalid(f"{self.country!r} is not a country.", field="country", remedy="two letters, as US")


def connected_kw(units: Iterable[Unit]) -> Fraction:
    """The rated power of units, in kW."""
    return sum((unit.rated_w for unit in units), Fraction(0)) / 1000


def checked_load(site: Site, units: Iterable[Unit]) -> Fraction:
    """The headroom in kW that the units leave at the site; none left over is fine, less is refused."""
    load_kw = connected_kw(units)
    if load_kw > site.capacity_kw:
        raise SiteCapacityExceeded(
            f"{_printed(load_kw)} kW of machines do not fit {site.name}: it carries {_printed(site.capacity_kw)} kW.",
            field="site_id",
            remedy="choose another site or raise its capacity",
        )
    return site.capacity_kw - load_kw


def _printed(power_kw: Fraction) -> str:
    return f"{round_half_up(power_kw, 3):f}"
