"""A stored poll for itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RawPoll:
    """One stored poll; `digest` tells it from another of the same instant."""

    polled_at: datetime
    digest: int
    received_at: datetime
    energy_wh: list[int | None]
    power_w: list[int | None] | None

    @property
    def place(self) -> tuple[datetime, int]:
        """Polls of a PDU are in this order."""
        return self.polled_at, self.digest
