"""What an organization decides about how it bills, beside the rules that price: when, whether mailed, how printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from common.clock import zone_of
from common.errors import RuleBroken

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_PREFIX = re.compile(r"[A-Za-z0-9/_-]{0,20}")


class BadPreference(RuleBroken):
    """A preference that cannot be followed."""

    code = "bad_preference"


@dataclass(frozen=True, slots=True)
class Preferences:
    """`bill_at`: a local time, late enough that the day before is complete (CB-51 to CB-54, CB-71 to CB-74)."""

    auto_generate: bool = True
    auto_send: bool = True
    bill_at: str = "00:30"
    number_prefix: str = "INV-"
    credit_note_prefix: str = "CN-"
    shows_units: bool = True
    footer: str = ""

    def __post_init__(self) -> None:
        if not _TIME.fullmatch(self.bill_at):
            raise BadPreference(f"{self.bill_at!r} is not a time of day.", field="bill_at", remedy="such as 00:30")
        for name in ("number_prefix", "credit_note_prefix"):
            if not _PREFIX.fullmatch(getattr(self, name)):
                raise BadPreference(
                    f"{getattr(self, name)!r} cannot begin a number.",
                    field=name,
                    remedy="at most 20 letters, digits, slashes or hyphens",
                )
        if len(self.footer) > 2000:
            raise BadPreference("The footer is too long.", field="footer", remedy="at most 2000 characters")

    def bills_on(self, day: date, timezone: str) -> datetime:
        """The instant of a local day at which its billing work is done."""
        hour, minute = map(int, self.bill_at.split(":"))
        return datetime.combine(day, time(hour, minute), zone_of(timezone)).astimezone(UTC)

    def next_after(self, at: datetime, timezone: str) -> datetime:
        """The first such instant after another one."""
        day = at.astimezone(zone_of(timezone)).date()
        while (instant := self.bills_on(day, timezone)) <= at:
            day += timedelta(days=1)
        return instant
