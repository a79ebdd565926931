"""Rows of one poll or scan are gathered, and held open for a while, since files are rarely in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from hostbook.client.shapes import Refused
from hostbook.demo.api import Api
from hostbook.importing.faults import LineFault
from hostbook.importing.lines import Lines, Place, Row

WINDOW = 20_000
"""Groups held open. A group whose rows lie further apart is sent in parts, which the platform puts together."""
T = TypeVar("T")


@dataclass
class Group(Generic[T]):
    """What is gathered for one key, with the lines that it came from."""

    place: Place
    content: T
    lines: list[int] = field(default_factory=list)


class Groups(Generic[T]):
    """Open groups, by (name, instant), in the order in which they began."""

    def __init__(self, new: Callable[[], T]) -> None:
        self._new = new
        self._open: dict[tuple[str, datetime], Group[T]] = {}

    def of(self, key: tuple[str, datetime], row: Row) -> Group[T]:
        """The group of a key; the row is counted among its lines by the caller, once it is known to be good."""
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = Group(Place(row.line, row.offset), self._new())
        return found

    def drop_empty(self, key: tuple[str, datetime]) -> None:
        """A group whose only row was at fault never began."""
        if not self._open[key].lines:
            del self._open[key]

    def due(self, *, everything: bool) -> list[tuple[tuple[str, datetime], Group[T]]]:
        """The oldest groups, as many as are too many; all of them at the end."""
        if not everything and len(self._open) <= WINDOW:
            return []
        keys = list(self._open)[: None if everything else WINDOW // 2]
        return [(key, self._open.pop(key)) for key in keys]

    def first_open(self) -> Place | None:
        """Where the oldest open group began: an import that goes on must begin there."""
        return min((one.place for one in self._open.values()), key=lambda place: place.offset, default=None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a call, and the lines that it came from."""

    body: dict[str, Any]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a call came to: entries taken, and faults of the lines of the others."""

    accepted: int
    faults: tuple[LineFault, ...]


class Target(Protocol):
    """A kind of rows: how they are gathered, and where they go."""

    noun: str
    batch: int

    def check(self, lines: Lines) -> None:
        """Refuse a file without the columns that the map names."""

    def take(self, row: Row) -> None:
        """Gather a row. Raises `BadLine`."""

    def due(self, *, everything: bool) -> list[Entry]:
        """Entries that can be sent."""

    def first_open(self) -> Place | None:
        """Where the oldest row begins that is gathered and not yet due."""

    def send(self, api: Api, entries: list[Entry]) -> Sent:
        """One call."""


def told(entries: list[Entry], refused: list[Refused]) -> tuple[LineFault, ...]:
    """The platform's refusals as faults of the lines behind the refused entries."""
    return tuple(
        LineFault(line, one["field"], one["reason"], one["remedy"])
        for one in refused
        for line in entries[one["index"]].lines
    )
