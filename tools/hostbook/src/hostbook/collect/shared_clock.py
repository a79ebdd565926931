"""A simulation's clock, in a file that all its processes map: it runs fast, and stands still while a device is read.

So neither the speed of the machine nor its load changes what is simulated: a read takes no simulated time, and no slot
is missed. One writer at a time: `hostbook simulate` starts and stops it, the collector holds it while it reads.
"""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.clock import wall_now

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_FORM = struct.Struct("<7q")
"""Its fields: a count of writes (odd while one is under way), then at which wall instant it was which simulated one and
when it ends (microseconds since 1970), whether it runs, the simulated seconds in a real one, how many reads hold it."""


class SharedClock:
    """Simulated time from the file's fields."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._fields = mmap.mmap(file.fileno(), _FORM.size)

    @classmethod
    def make(cls, path: Path, simulated_at: datetime, ends_at: datetime, speed: int) -> SharedClock:
        """A clock that stands at an instant until it is started."""
        at_us, ends_us = ((one - _EPOCH) // _US for one in (simulated_at, ends_at))
        path.write_bytes(_FORM.pack(0, _wall_us(), at_us, ends_us, 0, speed, 0))
        return cls(path)

    def now(self) -> datetime:
        return _EPOCH + timedelta(microseconds=_now_us(self._read()))

    def is_over(self) -> bool:
        """It has come to its end."""
        fields = self._read()
        return _now_us(fields) >= fields[3]

    @property
    def speed(self) -> int:
        return self._read()[5]

    def start(self) -> None:
        self._change(runs=1)

    def hold(self) -> None:
        """A read begins: time stands still."""
        self._change(more=1)

    def release(self) -> None:
        """It ended; with the last one time goes on."""
        self._change(more=-1)

    def _read(self) -> tuple[int, ...]:
        while True:
            fields = _FORM.unpack(self._fields[: _FORM.size])
            if fields[0] % 2 == 0 and self._fields[:8] == fields[0].to_bytes(8, "little"):
                return fields

    def _change(self, *, runs: int | None = None, more: int = 0) -> None:
        count, _, _, ends_us, was, speed, holds = fields = self._read()
        at_us = _now_us(fields)
        self._fields[:8] = (count + 1).to_bytes(8, "little")
        new = (count + 1, _wall_us(), at_us, ends_us, was if runs is None else runs, speed, holds + more)
        self._fields[: _FORM.size] = _FORM.pack(*new)
        self._fields[:8] = (count + 2).to_bytes(8, "little")


def _now_us(fields: tuple[int, ...]) -> int:
    _, wall_us, at_us, ends_us, runs, speed, holds = fields
    passed = (_wall_us() - wall_us) * speed if runs and not holds else 0
    return min(ends_us, at_us + passed)


def _wall_us() -> int:
    return (wall_now() - _EPOCH) // _US
