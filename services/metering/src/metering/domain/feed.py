"""What an address answers, read as a hashprice: pointers, units, and the time a price stands for (rule 4.2).

A price holds from its instant for one interval and not longer: what was not said is a gap and stays one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from common.clock import instant_of
from common.errors import RuleBroken
from common.money import decimal_of
from metering.domain.refusals import BadFeed


class PriceUnit(StrEnum):
    """What the address counts in."""

    PH_DAY = "usd_per_ph_day"
    TH_DAY = "usd_per_th_day"


HIGHEST_USD = Decimal(100_000)
_EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = Decimal(10) ** 11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def checked_pointer(pointer: str, *, field: str) -> str:
    """A JSON pointer (RFC 6901); in arrays `-1` means the last element. Empty is the whole document."""
    if pointer and not pointer.startswith("/"):
        raise BadFeed(f"{pointer!r} is no JSON pointer.", field=field, remedy="such as /data/price, or /data/-1/price")
    return pointer


def at_pointer(document: object, pointer: str, *, field: str) -> object:
    """The value at the pointer; what is not there is told with the part that is missing."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, Sequence) and not isinstance(found, str) and _index(name, len(found)) is not None:
            found = found[int(name)]
        else:
            raise BadFeed(f"The answer has no {part!r} of {pointer}.", field=field, remedy="a pointer that fits it")
    return found


def _index(name: str, count: int) -> int | None:
    digits = name.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return None
    number = int(name)
    return number if -count <= number < count else None


def price_of(value: object, unit: PriceUnit) -> str:
    """The price in $/PH/s/day as a plain decimal; numbers must have been read as Decimal or int."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise BadFeed(f"{value!r} is no price.", field="price_pointer", remedy="a pointer to a number")
    if isinstance(value, Decimal) and not -30 < value.adjusted() < 30:  # would be written out with all its noughts
        raise BadFeed("The price is out of all proportion.", field="price_pointer", remedy="a pointer to a price")
    try:
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        price = decimal_of(text.strip())
    except (RuleBroken, ValueError):
        text = str(value)[:40] if not isinstance(value, int) else "a very large number"
        raise BadFeed(f"{text[:40]!r} is no price.", field="price_pointer", remedy="a pointer to a number") from None
    price = price * 1000 if unit is PriceUnit.TH_DAY else price
    if not 0 <= price <= HIGHEST_USD:
        raise BadFeed(f"{price} $/PH/s/day is no price.", field="unit", remedy="the unit that the address counts in")
    return format(price, "f")


def instant_in(value: object) -> datetime:
    """An instant: RFC 3339 text, or seconds or milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise _no_instant("what is there")
    try:
        if isinstance(value, str) and not value.isdecimal():
            return instant_of(value)
        seconds = Decimal(value)
    except (RuleBroken, ArithmeticError, OverflowError):
        raise _no_instant(value) from None
    if seconds >= _MILLISECONDS_FROM:
        seconds = seconds / 1000
    if not 0 <= seconds < _MILLISECONDS_FROM:
        raise _no_instant("a number too large")
    return _EPOCH + timedelta(seconds=int(seconds))


def _no_instant(value: object) -> BadFeed:
    return BadFeed(
        f"{value if isinstance(value, str) else 'what is there'!r:.60} is no instant.",
        field="instant_pointer",
        remedy="RFC 3339, or seconds",
    )


def row_of(
    said_at: datetime, interval: timedelta, last_to_at: datetime | None, now_at: datetime
) -> tuple[datetime, datetime] | None:
    """From when to when a price counts that was said at an instant; None when nothing new was said.

    It begins where the last row ends, if that lies within its interval. A price from the future is refused.
    """
    if said_at > now_at + timedelta(minutes=5) or said_at < _EARLIEST:
        raise BadFeed(f"A price of {said_at.isoformat()} is not of now.", field="instant_pointer", remedy="its instant")
    to_at = said_at + interval
    from_at = said_at if last_to_at is None else max(said_at, last_to_at)
    return (from_at, to_at) if from_at < to_at else None
