"""Each service's copy of its organizations, and business time by organization (architecture 4.8).

A live organization's clock is the wall clock; one in test mode has its own, moved only by `ClockAdvanced`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.clock import wall_now
from common.consuming import EventRouter
from common.db import Tx, sql
from common.errors import NotYet
from events.envelope import Envelope
from events.identity import ClockAdvanced, OrganizationChanged, OrganizationCreated

_UPSERT = sql("keep_organization")
_MOVE = text("update organizations set clock_at = :to_at where organization_id = :id and is_test and clock_at < :to_at")
_READ = text("select * from organizations where organization_id = :id")
_NOTIFY = text("select pg_notify('wakeups', '')")


@dataclass(frozen=True, slots=True)
class Organization:
    """What every service knows of a host: zone, currency, billing day, and where its clock stands."""

    organization_id: UUID
    slug: str
    name: str
    timezone: str
    currency: str
    billing_day: int
    due_days: int
    default_rate_per_kwh: str | None
    is_test: bool
    clock_at: datetime | None

    @property
    def now_at(self) -> datetime:
        """Business time now."""
        return self.clock_at if self.is_test and self.clock_at else wall_now()


async def organization(tx: Tx, organization_id: UUID) -> Organization:
    """The organization as this service knows it; refused while its creation has not arrived yet."""
    row: Any = (await tx.execute(_READ, {"id": organization_id})).mappings().first()
    if row is None:
        raise NotYet("This organization is not known here (yet).", field="organization_id")
    return Organization(**{name: row[name] for name in Organization.__slots__})


async def business_now(tx: Tx, organization_id: UUID) -> datetime:
    """The instant at which something done now holds: the test clock's, or the wall clock's."""
    return (await organization(tx, organization_id)).now_at


router = EventRouter()


@router.on(OrganizationCreated)
@router.on(OrganizationChanged)
async def keep_organization(tx: Tx, event: OrganizationCreated | OrganizationChanged, _: Envelope) -> None:
    await tx.execute(_UPSERT, event.model_dump(exclude={"mode"}) | {"is_test": event.mode == "test"})


@router.on(ClockAdvanced)
async def move_clock(tx: Tx, event: ClockAdvanced, _: Envelope) -> None:
    await tx.execute(_MOVE, {"id": event.organization_id, "to_at": event.to_at})
    await tx.execute(_NOTIFY)
