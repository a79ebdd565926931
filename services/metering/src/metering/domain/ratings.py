"""A unit's ratings in order of time, and the factors that follow from them (rules 3, hash and calculated)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from metering.domain.instants import BEGIN_US, END_US, micros_of
from metering.domain.line import Factor
from metering.domain.refusals import BadRating
from metering.domain.values import Rating


@dataclass(frozen=True, slots=True)
class RatedSpan:
    """One rating and the half-open time it is valid for."""

    from_us: int
    to_us: int
    rating: Rating


def rated_spans(ratings: Sequence[Rating]) -> list[RatedSpan]:
    """The ratings as a function of time without beginning or end; none at all, or two from one instant, is refused."""
    if not ratings:
        raise BadRating("A unit without a rating cannot be measured.", field="ratings", remedy="rated W and TH/s")
    dated = sorted(
        ((BEGIN_US if one.from_at is None else micros_of(one.from_at), one) for one in ratings),
        key=lambda pair: pair[0],
    )
    starts = [start for start, _ in dated]
    if len(set(starts)) < len(starts):
        raise BadRating("Two ratings of a unit begin at the same instant.", field="ratings")
    starts[0] = BEGIN_US
    ends = [*starts[1:], END_US]
    return [RatedSpan(start, end, one) for start, end, (_, one) in zip(starts, ends, dated, strict=True)]


def _start_us(rating: Rating) -> int:
    return BEGIN_US if rating.from_at is None else micros_of(rating.from_at)


def efficiency_jth(rating: Rating, contract_jth: Fraction | None) -> Fraction | None:
    """J/TH: the contract's, else the rating's, else rated W per rated TH/s; None where there is none of them."""
    if contract_jth is not None:
        return contract_jth
    if rating.efficiency_jth is not None:
        return rating.efficiency_jth
    return rating.rated_w / rating.rated_ths if rating.rated_ths else None


def efficiency_factors(spans: Sequence[RatedSpan], contract_jth: Fraction | None) -> list[Factor]:
    """kWh per TH over time; a rating without any efficiency leaves its time out."""
    factors = []
    for span in spans:
        jth = efficiency_jth(span.rating, contract_jth)
        if jth is not None:
            factors.append(Factor(span.from_us, span.to_us, jth / 3_600_000))
    return factors


def power_factors(spans: Sequence[RatedSpan]) -> list[Factor]:
    """kW over time: kWh per hour online."""
    return [Factor(span.from_us, span.to_us, span.rating.rated_w / 1000) for span in spans]
