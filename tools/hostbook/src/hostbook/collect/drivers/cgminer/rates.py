"""Hashrate in exact TH/s, the counter of work where it is one, and temperatures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from hostbook.collect.drivers.cgminer.answers import Row, first_number, number

THS = {
    "HS": Fraction(1, 10**6),  # Whatsminer's `HS RT` is in MH/s
    "KHS": Fraction(1, 10**9),
    "MHS": Fraction(1, 10**6),
    "GHS": Fraction(1, 10**3),
    "THS": Fraction(1),
    "PHS": Fraction(10**3),
}
_NEAR = Fraction(2, 100)
_SECONDS = re.compile(r"(K|M|G|T|P)HS [0-9]{1,3}s")
_TEMPERATURE = re.compile(
    r"temp([0-9]|[0-9]_[0-9]+|_chip[0-9]+|_pcb[0-9]+|_pic[0-9]+)?|[0-9] temp [0-9]", re.IGNORECASE
)
_HOTTEST_C = 200


def rate_ths(row: Row, *windows: str) -> Fraction | None:
    """The rate over the first of these windows that the row has, whatever its unit; None if it has none."""
    for window in windows:
        for unit, factor in THS.items():
            value = number(row.get(f"{unit} {window}"))
            if value is not None and value >= 0:
                return value * factor
    return None


def short_rate_ths(row: Row) -> Fraction | None:
    """What it hashes now. The seconds decide whether it does, the minute says how much, since seconds are noisy.

    The average since the start is never asked: a stopped machine keeps it.
    """
    seconds = rate_ths(row, "RT", *_windows_of_seconds(row))
    minute = rate_ths(row, "1m")
    if seconds is None:
        return minute
    return minute if seconds and minute else seconds


def _windows_of_seconds(row: Row) -> Iterator[str]:
    return (name.split(" ", 1)[1] for name in row if _SECONDS.fullmatch(name))


def counted_mh(row: Row) -> int | None:
    """`Total MH`, where it is a counter of work: near the average rate times the running time, as not all are."""
    total, elapsed, average = number(row.get("Total MH")), number(row.get("Elapsed")), rate_ths(row, "av")
    if not total or not elapsed or not average:
        return None
    expected = average * elapsed / THS["MHS"]
    return int(total) if abs(total - expected) <= expected * _NEAR else None


def elapsed_s(*rows: Row) -> int | None:
    """Seconds since the mining process began."""
    found = next((value for row in rows if (value := first_number(row, "Elapsed", "elapsed")) is not None), None)
    return int(found) if found is not None else None


def hottest_c(row: Row) -> Fraction | None:
    """The highest of all temperatures in a row of statistics; a sensor at 0 is not there."""
    return highest(value for name, value in row.items() if _TEMPERATURE.fullmatch(name))


def highest(values: Iterator[object]) -> Fraction | None:
    """The highest temperature among numbers and texts like "78-50-69"; what no sensor can mean is left out."""
    found = [degrees for value in values for degrees in _degrees(value) if 0 < degrees < _HOTTEST_C]
    return max(found, default=None)


def _degrees(value: object) -> Iterator[Fraction]:
    parts = value.split("-") if isinstance(value, str) else [value]
    return (degrees for part in parts if (degrees := number(part)) is not None)
