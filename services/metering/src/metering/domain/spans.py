"""Usage spans: what metering tells invoicing of one unit, one contract and one half-open span of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

FLAGS = frozenset(
    {
        "estimated",
        "reset",
        "rollover",
        "spike",
        "dropout",
        "re-based",
        "duplicate_value",
        "outside_life",
        "out_of_range",
    }
)


@dataclass(frozen=True, slots=True)
class MethodUsage:
    """Energy and hours for which one method counted (rule 4.1); `estimated` if a reset estimate is in it."""

    energy_kwh: Fraction
    hours: Fraction
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class FailoverUsage:
    """Hours without any available method, under failover (rule 4.2).

    `priced_hours` of them have a hashprice; `price_hours` is the sum of $/PH/s/day x hours over those, so the mean
    hashprice of many spans is sum(price_hours) / sum(priced_hours).
    """

    hours: Fraction
    priced_hours: Fraction
    price_hours: Fraction


@dataclass(frozen=True, slots=True)
class Quarter:
    """Energy by method inside one UTC quarter hour; at the span's edge only the part inside (rule 4.7)."""

    starts_at: datetime
    by_method: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """The reads a channel's energy stands on: the valid ones that bracket the span, else the outermost inside it.

    `read_count` counts the valid reads with an instant in [from_at, to_at).
    """

    channel_id: str
    first_read_at: datetime
    first_register_kwh: Fraction
    last_read_at: datetime
    last_register_kwh: Fraction
    read_count: int


@dataclass(frozen=True, slots=True)
class UsageSpan:
    """One unit's usage under one contract over [from_at, to_at), exact; nothing here is rounded.

    `by_method` hours + failover hours + `unbilled_hours` equal the length of the span. `zero_spans` are the maximal
    runs in which the counting method's energy is exactly 0 (rule 6.4). `hashprice` are the (from, to, price) used.
    `down_spans` are the spans known to be down, for contracts that ask for a profile.
    """

    unit_id: str
    contract_id: str
    from_at: datetime
    to_at: datetime
    rated_w: Fraction
    rated_ths: Fraction
    by_method: Mapping[str, MethodUsage]
    failover: FailoverUsage | None
    unbilled_hours: Fraction
    compared_billed_kwh: Fraction
    compared_pdu_kwh: Fraction
    compared_hours: Fraction
    zero_spans: tuple[tuple[datetime, datetime], ...]
    quarters: tuple[Quarter, ...]
    up_hours: Fraction
    down_hours: Fraction
    unknown_hours: Fraction
    flags: frozenset[str]
    evidence: tuple[ChannelEvidence, ...]
    hashprice: tuple[tuple[datetime, datetime, Fraction], ...]
    down_spans: tuple[tuple[datetime, datetime], ...] = ()
