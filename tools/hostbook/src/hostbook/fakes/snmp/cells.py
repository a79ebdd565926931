"""What an agent holds: typed values by OID, in the order of OIDs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

Oid = tuple[int, ...]


class Type(IntEnum):
    """ASN.1 tags, as recordings number them."""

    INTEGER = 2
    OCTETS = 4
    NULL = 5
    OID = 6
    ADDRESS = 64
    COUNTER32 = 65
    GAUGE32 = 66
    TICKS = 67
    OPAQUE = 68
    COUNTER64 = 70


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a type: a whole number, octets, or an OID as text."""

    type: Type
    value: int | bytes | str


Live = Callable[[], Cell]


class Book:
    """All cells of an agent; one may be made anew each time that it is asked for."""

    def __init__(self, cells: Mapping[Oid, Cell | Live]) -> None:
        self._cells, self._order = dict(cells), sorted(cells)

    def __len__(self) -> int:
        return len(self._order)

    def at(self, oid: Oid) -> Cell | None:
        """What is there, or None."""
        cell = self._cells.get(oid)
        return cell() if callable(cell) else cell

    def after(self, oid: Oid) -> Oid | None:
        """The next OID that is there, or None at the end."""
        place = bisect_right(self._order, oid)
        return self._order[place] if place < len(self._order) else None


def oid_of(text: str) -> Oid:
    """Dotted text, with or without a dot in front."""
    return tuple(int(part) for part in text.strip(".").split("."))
