"""A day of one site's scans in one block: rows turned into columns of bytes, deflated.

A unit's hashrate changes little from scan to scan, and its state hardly ever; a row for itself holds neither next to
each other. Every block is unpacked again before the rows behind it are removed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

_HEAD = struct.Struct("<B")
_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NONE = -1


@dataclass(frozen=True, slots=True)
class RawScan:
    """A stored scan, its columns as they lie in the table; `digest` tells it from another of the same instant."""

    scanned_at: datetime
    digest: int
    received_at: datetime
    interval_s: int
    roster_id: int
    hashrate_ths: bytes
    status: bytes
    temperatures_c: bytes | None

    @property
    def place(self) -> tuple[datetime, int]:
        """Scans of a site are in this order."""
        return self.scanned_at, self.digest


class _Turned(msgspec.Struct, array_like=True):
    """Rows of bytes: one length for all and the bytes by place, or a length each and the rows as they come."""

    lengths: list[int]
    content: bytes


class _Body(msgspec.Struct, array_like=True):
    scanned_us: list[int]
    received_us: list[int]
    digests: list[int]
    intervals_s: list[int]
    rosters: list[int]
    columns: list[_Turned]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def block_of(scans: Sequence[RawScan]) -> bytes:
    """The scans, in their order, as a block."""
    body = _Body(
        [_us(one.scanned_at) for one in scans],
        [_us(one.received_at) for one in scans],
        [one.digest for one in scans],
        [one.interval_s for one in scans],
        [one.roster_id for one in scans],
        [
            _turned([one.hashrate_ths for one in scans]),
            _turned([one.status for one in scans]),
            _turned([one.temperatures_c for one in scans]),
        ],
    )
    return _HEAD.pack(_VERSION) + zlib.compress(_encode(body), 6)


def scans_in(block: bytes) -> list[RawScan]:
    """The scans behind `block_of`."""
    (version,) = _HEAD.unpack_from(block)
    if version != _VERSION:
        raise ValueError(f"a block of version {version}")
    body = _decode(zlib.decompress(block[_HEAD.size :]))
    count = len(body.scanned_us)
    rates, states, degrees = (_turned_back(one, count) for one in body.columns)
    return [
        RawScan(
            _EPOCH + body.scanned_us[n] * _MICROSECOND, body.digests[n], _EPOCH + body.received_us[n] * _MICROSECOND,
            body.intervals_s[n], body.rosters[n], rates[n] or b"", states[n] or b"", degrees[n],
        )
        for n in range(count)
    ]  # fmt: skip


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _turned(rows: Sequence[bytes | None]) -> _Turned:
    lengths = [_NONE if row is None else len(row) for row in rows]
    flat = b"".join(row for row in rows if row is not None)
    if min(lengths) == max(lengths) > 0:
        size = lengths[0]
        return _Turned([size], b"".join(flat[place::size] for place in range(size)))
    return _Turned(lengths, flat)


def _turned_back(turned: _Turned, count: int) -> list[bytes | None]:
    if len(turned.lengths) == 1 and count != 1:
        return [turned.content[n::count] for n in range(count)]
    found: list[bytes | None] = []
    start = 0
    for length in turned.lengths:
        found.append(None if length == _NONE else turned.content[start : start + length])
        start += max(length, 0)
    return found
