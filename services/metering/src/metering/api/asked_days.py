"""Local days that a caller asks for, both included: checked, and not too many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from common.errors import RuleBroken


@dataclass
class AskedDays:
    """From one local day to another."""

    from_on: date
    to_on: date

    def check(self, most: int) -> None:
        """Refuse days in the wrong order, and more of them than one call gives."""
        if self.to_on < self.from_on:
            raise RuleBroken(
                f"{self.to_on} lies before {self.from_on}.", field="to_on", remedy="the same day or a later one"
            )
        count = (self.to_on - self.from_on).days + 1
        if count > most:
            raise RuleBroken(f"{count} days in one call.", field="to_on", remedy=f"at most {most} days; ask in parts")
