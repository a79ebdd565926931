"""What a customer wants to be told of its own units, and from which threshold on (CM-29)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from common.errors import RuleBroken


class BadPreferences(RuleBroken):
    """A threshold that cannot be so."""

    code = "bad_alert_preferences"


@dataclass(frozen=True, slots=True)
class AlertPreferences:
    """None switches that alert off for the customer: shown and mailed is what is switched on."""

    customer_id: UUID
    offline_minutes: int | None = 15
    low_hashrate_percent: Decimal | None = Decimal(80)
    temperature_c: Decimal | None = None
    by_mail: bool = True
    version: int = 0

    def __post_init__(self) -> None:
        _within(self.offline_minutes, "offline_minutes", 2, 10_080, "minutes")
        _within(self.low_hashrate_percent, "low_hashrate_percent", 1, 99, "percent of the rating")
        _within(self.temperature_c, "temperature_c", 40, 120, "degrees Celsius")

    def wants(self, kind: str, observed: Fraction | None) -> bool:
        """Whether an alert of that kind is for the customer's ears: past their threshold, where they have a say.

        `observed` is percent of the rating, or degrees Celsius; unknown counts as past it.
        """
        match kind:
            case "unit_offline":
                return self.offline_minutes is not None
            case "low_hashrate":
                least = self.low_hashrate_percent
                return least is not None and (observed is None or observed < Fraction(least))
            case "high_temperature":
                most = self.temperature_c
                return most is not None and (observed is None or observed >= Fraction(most))
            case _:
                return True


def _within(value: int | Decimal | None, field: str, least: int, most: int, what: str) -> None:
    if value is not None and not least <= value <= most:
        raise BadPreferences(
            f"{value} {what} are not possible.", field=field, remedy=f"{least} to {most}, or null: off"
        )
