"""Facts that identity owns: organizations, their clocks, their members."""

from typing import Literal
from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, DecimalText, Instant


class _Organization(Event):
    organization_id: UUID
    version: int
    slug: str
    name: str
    timezone: str
    currency: Currency
    billing_day: int
    due_days: int
    default_rate_per_kwh: DecimalText | None = None
    mode: Literal["live", "test"]
    clock_at: Instant | None = None
    billing_email: str | None = None
    locale: str | None = None
    team_name: str | None = None
    slogan: str | None = None
    primary_colour: str | None = None
    accent_colour: str | None = None


class OrganizationCreated(_Organization):
    """A host opened its book. In test mode `clock_at` is where its own clock stands."""

    KIND = Kind("identity", "organization", "created", "organization_id")


class OrganizationChanged(_Organization):
    """Name, slug, zone, currency, billing day, defaults or face were changed; the whole of them after the change."""

    KIND = Kind("identity", "organization", "changed", "organization_id")


class ClockAdvanced(Event):
    """The clock of a test-mode organization moved on to an instant."""

    KIND = Kind("identity", "organization", "clock_advanced", "organization_id")
    organization_id: UUID
    from_at: Instant
    to_at: Instant


class MemberJoined(Event):
    """A person got a role in an organization, or in a customer's team; who it is, where the team's list shows it."""

    KIND = Kind("identity", "member", "joined", "member_id")
    member_id: UUID
    role: str
    customer_id: UUID | None = None
    name: str | None = None
    email: str | None = None


class MemberRemoved(Event):
    """A person lost the access that a membership gave."""

    KIND = Kind("identity", "member", "removed", "member_id")
    member_id: UUID
    customer_id: UUID | None = None


class MemberChanged(Event):
    """A person's role or address was changed; whoever was signed in signs in anew. Who it is: as in `MemberJoined`."""

    KIND = Kind("identity", "member", "changed", "member_id")
    member_id: UUID
    role: str
    customer_id: UUID | None = None
    name: str | None = None
    email: str | None = None


class IssuingEntityChanged(Event):
    """A legal person that a host bills as was added or changed; the whole of it."""

    KIND = Kind("identity", "issuing_entity", "changed", "entity_id")
    entity_id: UUID
    version: int
    legal_name: str
    address: list[str]
    country: str
    tax_ids: dict[str, str]
    is_default: bool
