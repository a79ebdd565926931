"""What passes between the billing workflows and their activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class RunOrder:
    """A step of a run at a business instant: of one shard of its customers, after the last one that was billed."""

    organization_id: str
    run_id: str
    at: datetime
    after: str | None = None
    shard: int = 0
    shards: int = 1


@dataclass
class Readiness:
    """Whether the usage of a run's period is here, and over how many shards its customers are spread."""

    missing_days: int
    shards: int


@dataclass
class PageDone:
    """How far a step came; `after` is none when nothing is left."""

    after: str | None


@dataclass
class DayOrder:
    """The billing work of a local day, if it is due; else only the settings are looked at.

    `since`: when the organization began, before which no run is made by itself.
    """

    organization_id: str
    at: datetime
    since: datetime | None = None
    is_due: bool = True


@dataclass
class NextDay:
    """The instant of the next day's billing work."""

    due_at: datetime


@dataclass
class DeliveryOrder:
    """An invoice to be written and mailed."""

    organization_id: str
    invoice_id: str
    at: datetime
