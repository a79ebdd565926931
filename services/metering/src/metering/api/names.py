"""What names callers use for a thing, and which id is meant: looked up once in a while, not once a call."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

_KEPT_S = 30


class Names:
    """Known names of one kind of thing, by organization.

    A name may come to mean another thing (a unit renamed, a second one of that name): an organization's names are
    forgotten after half a minute.
    """

    def __init__(self) -> None:
        self._known: dict[UUID, dict[str, str]] = {}
        self._forget_at: dict[UUID, float] = {}

    def begin(self, owner: UUID) -> None:
        """Call at the beginning of a call: forget what is too old."""
        if time.monotonic() > self._forget_at.get(owner, 0):
            self._known[owner] = {}
            self._forget_at[owner] = time.monotonic() + _KEPT_S

    def of(self, owner: UUID) -> dict[str, str]:
        """The ids behind the organization's known names."""
        return self._known.setdefault(owner, {})

    def learn(self, owner: UUID, asked: Iterable[str], found: Sequence[tuple[UUID, str]]) -> None:
        """Keep what the names asked for mean: an id means itself; a name that several bear means none."""
        counts = Counter(name for _, name in found)
        by_name = {name: str(one) for one, name in found if counts[name] == 1}
        by_name |= {str(one): str(one) for one, _ in found}
        for name in asked:
            meant = by_name.get(name) or by_name.get(name.lower() if len(name) == 36 else name)
            if meant is not None:
                self.of(owner)[name] = meant

    @staticmethod
    def ids(names: Iterable[str]) -> list[UUID]:
        """Those of the names that are ids."""
        found = []
        for name in names:
            try:
                found.append(uuid.UUID(name))
            except ValueError:
                continue
        return found
