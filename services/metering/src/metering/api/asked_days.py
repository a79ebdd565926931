"""Days and instants that a caller asks for: within what can be, and not too many days at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from common.errors import RuleBroken

_ENDS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


def _within(at: datetime) -> datetime:
    if not _ENDS[0] <= at < _ENDS[1]:
        raise ValueError("an instant from 1970 up to 2200 is needed")
    return at


AskedInstant = Annotated[AwareDatetime, AfterValidator(_within)]
"""An instant that can be computed with in every zone."""


@dataclass
class AskedDays:
    """From one local day to another."""

    from_on: date
    to_on: date

    def check(self, most: int) -> None:
        """Refuse days in the wrong order, and more of them than one call gives."""
        for name, day in (("from_on", self.from_on), ("to_on", self.to_on)):
            if not _ENDS[0].date() < day < _ENDS[1].date():
                raise RuleBroken(f"{day} is too far away.", field=name, remedy="a day from 1970 up to 2200")
        if self.to_on < self.from_on:
            raise RuleBroken(
                f"{self.to_on} lies before {self.from_on}.", field="to_on", remedy="the same day or a later one"
            )
        count = (self.to_on - self.from_on).days + 1
        if count > most:
            raise RuleBroken(f"{count} days in one call.", field="to_on", remedy=f"at most {most} days; ask in parts")
