"""A unit of 3 kW on one outlet that is read by the hour: the evidence that the worked cases start from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from metering.domain.registers import reads_of
from metering.domain.spans import UsageSpan
from metering.domain.usage import derive_usage
from metering.domain.values import Channel, ContractWindow, Method, Rating, ResetEstimate, UnitEvidence

BEGIN = datetime(2025, 3, 1, tzinfo=UTC)
RATING = Rating(rated_w=Fraction(3000), rated_ths=Fraction(200), efficiency_jth=Fraction(15))
Read = tuple[datetime, Fraction]


def when(hours: Fraction | int) -> datetime:
    """So many hours after the beginning."""
    return BEGIN + timedelta(microseconds=int(Fraction(hours) * 3_600_000_000))


def channel(
    name: str = "c",
    outlet: str = "o",
    *,
    tick: Fraction = Fraction(1, 1000),
    modulus: Fraction = Fraction(10_000),
    life: tuple[datetime | None, datetime | None] = (None, None),
) -> Channel:
    """A four-digit register on outlet `o` of unit `u`."""
    return Channel(name, outlet, "u", modulus, tick, life[0], life[1])


def hourly(count: int, first: int = 0, kwh: int = 3) -> list[Read]:
    """Reads at the hours 0 to `count`, rising by 3 kWh each."""
    return [(when(hour), Fraction(first + kwh * hour)) for hour in range(count + 1)]


def evidence(
    reads: Sequence[Read], own: Channel | None = None, reset_estimate: ResetEstimate = ResetEstimate.NONE
) -> UnitEvidence:
    """The unit with one channel."""
    return UnitEvidence("u", [RATING], channels=[reads_of(own or channel(), reads)], reset_estimate=reset_estimate)


def window(*methods: Method, failover: bool = False, to_at: datetime | None = None) -> ContractWindow:
    """The unit on contract C1 from the beginning; metered unless said otherwise."""
    return ContractWindow("C1", BEGIN, to_at, methods or (Method.METERED,), failover=failover)


def usage(known: UnitEvidence, hours: int, first: int = 0) -> UsageSpan:
    """The unit's usage between two hours."""
    spans = derive_usage(known, [window()], [], (when(first), when(hours)))
    assert len(spans) == 1
    return spans[0]
