"""Instants as whole microseconds since 1970 UTC: the integers that the register walk counts in.

A `datetime` holds exactly microseconds, so nothing is lost either way (rule 2.6: edges cut at their instant).
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
QUARTER_US = HOUR_US // 4
_MICROSECOND = timedelta(microseconds=1)
BEGIN_US = -(1 << 62)
"""Before every instant: the `from` of what has no beginning."""
END_US = 1 << 62
"""After every instant: the `to` of what has no end."""


def micros_of(at: datetime) -> int:
    """The instant as microseconds since the epoch; it must be aware."""
    return (at - EPOCH) // _MICROSECOND


def instant_at(us: int) -> datetime:
    """The instant behind its microseconds, in UTC."""
    return EPOCH + timedelta(microseconds=us)


@lru_cache(maxsize=4096)
def hours_of(us: int) -> Fraction:
    """A length in microseconds as exact hours."""
    return Fraction(us, HOUR_US)
