"""A device that does not answer is left alone for a while, then tried once: it costs no one else's time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stand(StrEnum):
    """Whether a device is asked."""

    CLOSED = "closed"
    """asked at each slot"""
    OPEN = "open"
    """left alone until its pause is over"""
    HALF_OPEN = "half_open"
    """one try is under way; its outcome decides"""


@dataclass(slots=True)
class Breaker:
    """Opens after `silent_after` failures in a row; pauses double from `pause_s` to `longest_pause_s`.

    Instants are whole monotonic seconds.
    """

    silent_after: int
    pause_s: int
    longest_pause_s: int
    failures: int = 0
    pauses: int = 0
    open_until_s: int | None = None

    def stand(self, at_s: int) -> Stand:
        if self.open_until_s is None:
            return Stand.CLOSED
        return Stand.HALF_OPEN if at_s >= self.open_until_s else Stand.OPEN

    def answered(self) -> None:
        """The device gave a read."""
        self.failures = self.pauses = 0
        self.open_until_s = None

    def failed(self, at_s: int) -> None:
        """It did not. A failed single try opens at once, for twice as long."""
        self.failures += 1
        if self.failures >= self.silent_after:
            pause_s = min(self.pause_s << min(self.pauses, 16), self.longest_pause_s)
            self.open_until_s = at_s + pause_s
            self.pauses += 1
