"""The usage span as invoicing keeps it: what metering derived, exact, without any price (rules 3, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from invoicing.domain.lines import LineMethod

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class MethodUsage:
    """Energy by the method that counted and the hours it counted for; `estimated` holds a reset estimate."""

    energy_kwh: Fraction
    hours: Fraction
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class FailoverUsage:
    """Hours without evidence under failover; `price_hours` is the sum of hashprice x hours over the priced part."""

    hours: Fraction
    priced_hours: Fraction = ZERO
    price_hours: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Quarter:
    """Energy of one UTC quarter hour by method, only the part inside the span."""

    starts_at: datetime
    by_method: Mapping[LineMethod, Fraction]


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """The first and last read that a span rests on."""

    channel_id: str
    first_read_at: datetime | None = None
    first_register_kwh: Fraction | None = None
    last_read_at: datetime | None = None
    last_register_kwh: Fraction | None = None
    read_count: int = 0


@dataclass(frozen=True, slots=True)
class PricedSpan:
    """A row of the hashprice series, $/PH/s/day."""

    from_at: datetime
    to_at: datetime
    price: Fraction


@dataclass(frozen=True, slots=True)
class UnitUsage:
    """One unit for one contract over [from_at, to_at), at one rate; hours of its parts sum to the span.

    A span may be a local day or the sum of many (`sum_usage`): `covered` then lists what lies inside, else the whole
    span counts. `zero_spans` are maximal runs of exactly nothing (rule 6.4); touching ones are one run. `quarters` and
    `down_spans` come only for contracts that need them.
    """

    unit_id: str
    contract_id: str
    from_at: datetime
    to_at: datetime
    by_method: Mapping[LineMethod, MethodUsage] = field(default_factory=dict)
    failover: FailoverUsage | None = None
    unbilled_hours: Fraction = ZERO
    compared_billed_kwh: Fraction = ZERO
    compared_pdu_kwh: Fraction = ZERO
    compared_hours: Fraction = ZERO
    zero_spans: tuple[tuple[datetime, datetime], ...] = ()
    quarters: tuple[Quarter, ...] = ()
    up_hours: Fraction = ZERO
    down_hours: Fraction = ZERO
    unknown_hours: Fraction = ZERO
    down_spans: tuple[tuple[datetime, datetime], ...] = ()
    flags: frozenset[str] = frozenset()
    evidence: tuple[ChannelEvidence, ...] = ()
    hashprice: tuple[PricedSpan, ...] = ()
    rated_w: Fraction = ZERO
    rated_ths: Fraction = ZERO
    covered: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def parts(self) -> tuple[tuple[datetime, datetime], ...]:
        """The half-open spans that this usage covers, in order."""
        return self.covered or ((self.from_at, self.to_at),)
