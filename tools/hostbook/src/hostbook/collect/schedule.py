"""When devices are read: on multiples of their interval, each a little after the mark by an offset of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zlib import crc32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_after(at: datetime, interval_s: int) -> datetime:
    """The first multiple of the interval after an instant."""
    interval = timedelta(seconds=interval_s)
    return _EPOCH + ((at - _EPOCH) // interval + 1) * interval


def offset_of(name: str, spread_s: int, interval_s: int) -> timedelta:
    """How long after the mark a device begins: always the same, spread evenly over devices, within the interval."""
    widest_ms = min(spread_s, interval_s // 2) * 1000
    return timedelta(milliseconds=crc32(name.encode()) % widest_ms if widest_ms else 0)
