"""An organization as its host runs it: name, short name, zone, currency, billing day, defaults, and its clock."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.clock import zone_of
from common.errors import RuleBroken
from common.money import minor_unit
from identity.domain.slugs import checked_slug

# Who administers Hostbook itself has accounts and keys here; no business is booked under it.
PLATFORM = UUID(int=0)


class BadHost(RuleBroken):
    """A field of the organization cannot be so."""

    code = "bad_organization"


class Mode(StrEnum):
    """Live follows the wall clock; test has a clock of its own, moved only when told."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Host:
    """A host's organization. `clock_at` stands only in test mode; `default_rate_per_kwh` prices new contracts."""

    id: UUID
    name: str
    slug: str
    timezone: str
    currency: str
    mode: Mode
    billing_day: int = 1
    due_days: int = 15
    default_rate_per_kwh: Decimal | None = None
    clock_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        plain_text(self.name, "name", 200)
        checked_slug(self.slug)
        zone_of(self.timezone)
        minor_unit(self.currency)
        if not 1 <= self.billing_day <= 28:
            raise BadHost(
                f"{self.billing_day} cannot be the billing day.", field="billing_day", remedy="a day from 1 to 28"
            )
        if not 0 <= self.due_days <= 365:
            raise BadHost(f"{self.due_days} days until due are not possible.", field="due_days", remedy="0 to 365")
        if self.default_rate_per_kwh is not None and self.default_rate_per_kwh < 0:
            raise BadHost("The rate is below zero.", field="default_rate_per_kwh", remedy="zero or more")
        if (self.clock_at is not None) != (self.mode is Mode.TEST):
            raise BadHost(
                "A test organization has a clock of its own, a live one has none.",
                field="clock_at",
                remedy="clock_at with mode test, and only there",
            )

    def changed(self, **changes: object) -> Host:
        """The organization after a change, its version one higher; every rule is checked again."""
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


def plain_text(value: str, field: str, most: int) -> str:
    """The text itself; refused when empty, too long, or holding control or direction-changing characters."""
    if not value.strip() or len(value) > most:
        raise BadHost(f"The {field} is empty or too long.", field=field, remedy=f"1 to {most} characters")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in value):
        raise BadHost(f"The {field} holds control characters.", field=field, remedy="plain text")
    return value
