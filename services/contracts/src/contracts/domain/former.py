"""What held for a while: the terms before an amendment, and the time in which a contract rested (rule 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.domain.extras import Extra
from contracts.domain.pricing import Pricing


@dataclass(frozen=True, slots=True)
class FormerTerms:
    """What was charged, and how, until an amendment took effect. Rates have their own days and are not read here."""

    until_at: datetime
    pricing: Pricing
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """Half-open time in which a contract was suspended."""

    from_at: datetime
    to_at: datetime


def held_at(former: Sequence[FormerTerms], at: datetime) -> FormerTerms | None:
    """The terms that held at an instant and were replaced later; none, those of today held."""
    return next((one for one in former if at < one.until_at), None)
