"""Hashprice over time: $/PH/s/day, constant between its edges; time without a price is left out of means (rule 4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from metering.domain.instants import hours_of, instant_at, micros_of
from metering.domain.intervals import Intervals, both, length, union, without
from metering.domain.refusals import HashpriceOverlap
from metering.domain.values import HashpriceRow


@dataclass(frozen=True, slots=True)
class PricedTime:
    """The priced part of some time: hours, the sum of price x hours, and the pieces of the series it came from."""

    hours: Fraction
    price_hours: Fraction
    pieces: tuple[tuple[datetime, datetime, Fraction], ...]

    @property
    def mean(self) -> Fraction | None:
        """The hashprice averaged by time; None where no part has a price."""
        return self.price_hours / self.hours if self.hours else None


def in_order(rows: Sequence[HashpriceRow]) -> list[HashpriceRow]:
    """The rows in order of time; two that hold at one instant are refused (rule 3)."""
    ordered = sorted((row for row in rows if row.from_at < row.to_at), key=lambda row: (row.from_at, row.to_at))
    for earlier, later in pairwise(ordered):
        if later.from_at < earlier.to_at:
            raise HashpriceOverlap(
                f"The hashprice from {later.from_at.isoformat()} begins before the one from "
                f"{earlier.from_at.isoformat()} has ended (rule 3).",
                field="hashprice",
                remedy="rows that touch at most",
            )
    return ordered


def refuse_overlapping_hashprice(rows: Sequence[HashpriceRow]) -> None:
    """Raise `HashpriceOverlap` where two rows hold at one instant."""
    in_order(rows)


def gaps_of(rows: Sequence[HashpriceRow], from_at: datetime, to_at: datetime) -> list[tuple[datetime, datetime]]:
    """The time of half-open [from_at, to_at) for which no row has a price; it is never filled."""
    known = union([(micros_of(row.from_at), micros_of(row.to_at)) for row in rows])
    holes = without([(micros_of(from_at), micros_of(to_at))] if from_at < to_at else [], known)
    return [(instant_at(start), instant_at(end)) for start, end in holes]


def priced(ordered: Sequence[HashpriceRow], time: Intervals) -> PricedTime:
    """What the ordered rows say of the time."""
    hours, price_hours = Fraction(0), Fraction(0)
    pieces = []
    if time:
        first, last = time[0][0], time[-1][1]
        for row in ordered:
            span = (micros_of(row.from_at), micros_of(row.to_at))
            if span[0] < last and span[1] > first:
                inside = both([span], time)
                hours += hours_of(length(inside))
                price_hours += row.price * hours_of(length(inside))
                pieces += [(instant_at(start), instant_at(end), row.price) for start, end in inside]
    return PricedTime(hours, price_hours, tuple(pieces))


def hashprice_over(rows: Sequence[HashpriceRow], from_at: datetime, to_at: datetime) -> PricedTime:
    """What the rows say of half-open [from_at, to_at): for a mean over a whole span, as the connector fee needs it."""
    return priced(in_order(rows), [(micros_of(from_at), micros_of(to_at))])
