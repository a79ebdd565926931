"""Small choices on top of `random.Random`, and the texts of the format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = 3600, 86400


def happens(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def decimal(rng: Random, low: int, high: int, places: int) -> str:
    """A decimal between low and high in units of 10^-places, at times written with fewer or trailing digits."""
    return shown(Fraction(rng.randint(low, high), 10**places), places)


def shown(number: Fraction, places: int) -> str:
    """A number cut to so many decimals."""
    scaled = number * 10**places
    whole = scaled.numerator // scaled.denominator
    sign, digits = ("-" if whole < 0 else ""), str(abs(whole)).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def instant_text(at: int) -> str:
    return (EPOCH + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(rng: Random, start: int, end: int, step: int = 1) -> int:
    """A random instant strictly inside a span, on a grid of seconds where the span allows it."""
    if end - start < 2 * step:
        return start + max(1, (end - start) // 2)
    return start + step * rng.randrange(1, (end - start) // step)


def rate(rng: Random) -> str:
    """A price per kWh with three to six decimals."""
    places = rng.choice((3, 4, 4, 5, 6))
    return decimal(rng, 40 * 10 ** (places - 3), 120 * 10 ** (places - 3), places)
