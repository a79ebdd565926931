"""The power of a site over a span: built for, billed, metered, and how far the last two agree (rule 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from metering.domain.assembly import lines_for
from metering.domain.instants import hours_of
from metering.domain.intervals import Interval, both, length
from metering.domain.known import KnownUnit
from metering.domain.priority import counted
from metering.domain.values import ContractWindow, Method
from metering.domain.windows import in_order, life_of_window


@dataclass(frozen=True, slots=True)
class SiteEnergy:
    """Sums over units: kWh and unit-hours. The compared ones are over the time that is both billed and metered."""

    billed_kwh: Fraction = Fraction(0)
    billed_hours: Fraction = Fraction(0)
    metered_kwh: Fraction = Fraction(0)
    metered_hours: Fraction = Fraction(0)
    compared_billed_kwh: Fraction = Fraction(0)
    compared_metered_kwh: Fraction = Fraction(0)

    @property
    def variance_percent(self) -> Fraction | None:
        """(billed - metered) / metered, signed; None without metered energy."""
        if not self.compared_metered_kwh:
            return None
        return (self.compared_billed_kwh - self.compared_metered_kwh) / self.compared_metered_kwh * 100

    def plus(self, other: "SiteEnergy") -> "SiteEnergy":
        return SiteEnergy(*(getattr(self, name) + getattr(other, name) for name in SiteEnergy.__slots__))


def energy_of(known: KnownUnit, windows: Sequence[ContractWindow], span: Interval) -> SiteEnergy:
    """One unit's part."""
    available = both(known.metered.available, [span])
    found = SiteEnergy(metered_kwh=known.metered.energy_over(available), metered_hours=hours_of(length(available)))
    for window in in_order(windows):
        inside = both([life_of_window(window)], [span])
        if inside:
            found = found.plus(_billed(known, window, inside[0]))
    return found


def _billed(known: KnownUnit, window: ContractWindow, cell: Interval) -> SiteEnergy:
    lines = lines_for(known, window).lines
    count = counted([Method(one) for one in window.methods], lines, cell)
    compared = both(count.billed, known.metered.available)
    return SiteEnergy(
        billed_kwh=sum((lines[one].energy_over(mine) for one, mine in count.by_method.items()), Fraction(0)),
        billed_hours=hours_of(length(count.billed)),
        compared_billed_kwh=sum(
            (lines[one].energy_over(both(mine, compared)) for one, mine in count.by_method.items()), Fraction(0)
        ),
        compared_metered_kwh=known.metered.energy_over(compared),
    )
