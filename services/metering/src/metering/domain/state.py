"""A channel's walk frozen at a point that later reads cannot change: what a recent day is derived from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from common.clock import instant_of, instant_text
from common.money import exact_of, exact_text


@dataclass(frozen=True, slots=True)
class ChannelState:
    """The last valid read that everything after follows from.

    `reference_at`, `register_kwh`: the reference of the walk. `decided_by_at`: the latest read that was looked at
    to settle it; a read that comes late, at or before this instant, makes the state stale. `serves_from_at`: spans
    that begin at or after it can be derived from the state. `terms`: the channel and ratings it was made under.
    """

    channel_id: str
    reference_at: datetime
    register_kwh: Fraction
    decided_by_at: datetime
    serves_from_at: datetime
    terms: str

    def to_dict(self) -> dict[str, str]:
        """Plain texts for storage; `of_dict` reads them back equal."""
        return {
            "channel_id": self.channel_id,
            "reference_at": instant_text(self.reference_at),
            "register_kwh": exact_text(self.register_kwh),
            "decided_by_at": instant_text(self.decided_by_at),
            "serves_from_at": instant_text(self.serves_from_at),
            "terms": self.terms,
        }

    @classmethod
    def of_dict(cls, stored: Mapping[str, str]) -> "ChannelState":
        """The state behind `to_dict`."""
        return cls(
            channel_id=stored["channel_id"],
            reference_at=instant_of(stored["reference_at"]),
            register_kwh=exact_of(stored["register_kwh"]),
            decided_by_at=instant_of(stored["decided_by_at"]),
            serves_from_at=instant_of(stored["serves_from_at"]),
            terms=stored["terms"],
        )

    def survives(self, late_read_at: datetime) -> bool:
        """Whether a read of that instant, newly come, leaves the state as it is."""
        return late_read_at > self.decided_by_at
