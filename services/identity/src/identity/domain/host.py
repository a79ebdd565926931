"""An organization as its host runs it: name, short name, zone, currency, billing day, defaults, and its clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.clock import zone_of
from common.errors import RuleBroken
from common.money import minor_unit
from identity.domain.roles import FOUR_EYES
from identity.domain.slugs import checked_slug
from identity.domain.texts import checked_email, plain_name

# Who administers Hostbook itself has accounts and keys here; no business is booked under it.
PLATFORM = UUID(int=0)
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
MOST_SLOGAN = 150


class BadHost(RuleBroken):
    """A field of the organization cannot be so."""

    code = "bad_organization"


class Mode(StrEnum):
    """Live follows the wall clock; test has a clock of its own, moved only when told."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Host:
    """A host's organization. `clock_at` stands only in test mode; `default_rate_per_kwh` prices new contracts.

    Slogan, colours (#rrggbb) and team name are its face to customers (B4). `four_eyes` names what takes two people.
    """

    id: UUID
    name: str
    slug: str
    timezone: str
    currency: str
    mode: Mode
    billing_day: int = 1
    due_days: int = 15
    default_rate_per_kwh: Decimal | None = None
    billing_email: str | None = None
    locale: str = "en-US"
    team_name: str | None = None
    slogan: str | None = None
    primary_colour: str | None = None
    accent_colour: str | None = None
    four_eyes: tuple[str, ...] = ()
    clock_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        plain_name(self.name, "name", 200)
        checked_slug(self.slug)
        zone_of(self.timezone)
        minor_unit(self.currency)
        self._check_face()
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

    def _check_face(self) -> None:
        if self.billing_email is not None:
            checked_email(self.billing_email, "billing_email")
        if not _LOCALE.fullmatch(self.locale):
            raise BadHost(f"{self.locale!r} is no locale.", field="locale", remedy="a language tag such as en-US")
        for field, most in (("team_name", 100), ("slogan", MOST_SLOGAN)):
            if getattr(self, field) is not None:
                plain_name(getattr(self, field), field, most)
        for field in ("primary_colour", "accent_colour"):
            colour = getattr(self, field)
            if colour is not None and not _COLOUR.fullmatch(colour):
                raise BadHost(f"{colour!r} is no colour.", field=field, remedy="six hexadecimal digits, #1a2b3c")
        unknown = sorted(set(self.four_eyes) - set(FOUR_EYES))
        if unknown:
            raise BadHost(
                f"{', '.join(unknown)} cannot be put under four eyes.", field="four_eyes", remedy=", ".join(FOUR_EYES)
            )

    def changed(self, **changes: object) -> Host:
        """The organization after a change, its version one higher; every rule is checked again."""
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]
