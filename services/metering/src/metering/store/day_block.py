"""A day of one PDU's polls in one block: columns of differences, split into byte planes, deflated.

A row of 24 registers cannot be compressed for itself (96 bytes become 107). A day's column can: registers rise evenly,
so that neighbouring differences are alike. Every block is unpacked again before the rows behind it are removed.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from operator import sub

from metering.store.packing import digest, packed
from metering.store.raw_poll import RawPoll

_HEAD = struct.Struct("<BII")
_VERSION = 1
_WIDTH = 8
_HIGHEST = 1 << 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def block_of(polls: Sequence[RawPoll]) -> bytes | None:
    """The polls, in their order, as a block; None where they do not fit one (other lengths, registers beyond 2^60)."""
    outlets = len(polls[0].energy_wh)
    vectors = [one.energy_wh for one in polls] + [one.power_w for one in polls if one.power_w is not None]
    if any(len(one) != outlets for one in vectors) or any(n is not None and n >= _HIGHEST for v in vectors for n in v):
        return None
    nothing: list[int | None] = [None] * outlets
    columns = [
        [_us(one.polled_at) for one in polls],
        [_us(one.received_at) for one in polls],
        [int(one.power_w is not None) for one in polls],
        *_turned([one.energy_wh for one in polls]),
        *_turned([one.power_w or nothing for one in polls]),
    ]
    body = b"".join(_planes(array("q", map(sub, column, [0, *column[:-1]]))) for column in columns)
    return _HEAD.pack(_VERSION, len(polls), outlets) + zlib.compress(body, 6)


def polls_in(block: bytes) -> list[RawPoll]:
    """The polls behind `block_of`, each with the digest that it was stored with."""
    version, count, outlets = _HEAD.unpack_from(block)
    if version != _VERSION:
        raise ValueError(f"a block of version {version}")
    body = zlib.decompress(block[_HEAD.size :])
    size = count * _WIDTH
    columns = [_numbers(body[n * size : (n + 1) * size]) for n in range(3 + 2 * outlets)]
    energies = _turned_back(columns[3 : 3 + outlets], count)
    powers = _turned_back(columns[3 + outlets :], count)
    return [
        _poll(columns[0][n], columns[1][n], energies[n], powers[n] if columns[2][n] else None) for n in range(count)
    ]


def _poll(polled_us: int, received_us: int, energy_wh: list[int | None], power_w: list[int | None] | None) -> RawPoll:
    power = b"" if power_w is None else packed(power_w, "HIQ")
    return RawPoll(
        polled_at=_EPOCH + polled_us * _MICROSECOND,
        digest=digest(packed(energy_wh), power),
        received_at=_EPOCH + received_us * _MICROSECOND,
        energy_wh=energy_wh,
        power_w=power_w,
    )


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _turned(rows: Sequence[Sequence[int | None]]) -> list[list[int]]:
    """Columns of the rows, one added to each number so that 0 is "unreadable"."""
    return [[0 if one is None else one + 1 for one in column] for column in zip(*rows, strict=True)]


def _turned_back(columns: Sequence[Sequence[int]], count: int) -> list[list[int | None]]:
    if not columns:
        return [[] for _ in range(count)]
    return [[one - 1 if one else None for one in row] for row in zip(*columns, strict=True)]


def _planes(numbers: array[int]) -> bytes:
    """First all lowest bytes, then all second ones, and so on: the high ones are nearly all alike."""
    if sys.byteorder == "big":
        numbers.byteswap()
    flat = numbers.tobytes()
    return b"".join(flat[plane::_WIDTH] for plane in range(_WIDTH))


def _numbers(planes: bytes) -> list[int]:
    count = len(planes) // _WIDTH
    flat = bytearray(len(planes))
    for plane in range(_WIDTH):
        flat[plane::_WIDTH] = planes[plane * count : (plane + 1) * count]
    numbers: array[int] = array("q")
    numbers.frombytes(bytes(flat))
    if sys.byteorder == "big":
        numbers.byteswap()
    return list(accumulate(numbers))
