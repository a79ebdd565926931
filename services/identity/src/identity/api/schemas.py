"""Requests and answers of the identity API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from common.auth import Principal
from common.clock import instant_of
from common.http import Body
from common.money import decimal_of
from events.types import Currency, DecimalText
from identity.domain.host import Host, Mode
from identity.domain.member import Member
from identity.domain.roles import Role
from identity.domain.test_clock import Look


class NewOrganization(Body):
    """An organization to be opened; in test mode it has a clock of its own that starts at `clock_at`."""

    name: str = Field(min_length=1, max_length=200, examples=["Panhandle Hosting"])
    slug: str = Field(max_length=63, examples=["panhandle"])
    timezone: str = Field(max_length=64, examples=["America/Chicago"])
    currency: Currency = Field(examples=["USD"])
    billing_day: int = 1
    due_days: int = 15
    default_rate_per_kwh: DecimalText | None = Field(None, examples=["0.0725"])
    billing_email: str | None = Field(None, max_length=254)
    locale: str = Field("en-US", max_length=20)
    mode: Mode = Mode.LIVE
    clock_at: str | None = Field(None, examples=["2025-03-01T00:00:00Z"], json_schema_extra={"format": "date-time"})

    def host(self, organization_id: UUID) -> Host:
        values = self.model_dump(exclude={"default_rate_per_kwh", "clock_at"})
        return Host(
            id=organization_id,
            default_rate_per_kwh=_rate(self.default_rate_per_kwh),
            clock_at=None if self.clock_at is None else instant_of(self.clock_at, field="clock_at"),
            **values,
        )


_MAY_BE_EMPTY = ("billing_email", "team_name", "slogan", "primary_colour", "accent_colour")


class OrganizationChange(Body):
    """The fields to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    slug: str | None = Field(None, max_length=63)
    timezone: str | None = Field(None, max_length=64)
    currency: Currency | None = None
    billing_day: int | None = None
    due_days: int | None = None
    default_rate_per_kwh: DecimalText | None = None
    billing_email: str | None = Field(None, max_length=254)
    locale: str | None = Field(None, max_length=20, examples=["en-US"])
    team_name: str | None = Field(None, max_length=100)
    slogan: str | None = Field(None, max_length=150)
    primary_colour: str | None = Field(None, max_length=7, examples=["#1a2b3c"])
    accent_colour: str | None = Field(None, max_length=7)
    four_eyes: list[str] | None = Field(None, max_length=10, description="What takes two people: credit, write_off...")

    def changes(self) -> dict[str, Any]:
        """Null clears what may be empty; elsewhere it means: as it is."""
        given = self.model_dump(exclude_unset=True)
        changes = {k: v for k, v in given.items() if v is not None or k in _MAY_BE_EMPTY}
        if "default_rate_per_kwh" in given:
            changes["default_rate_per_kwh"] = _rate(given["default_rate_per_kwh"])
        if "four_eyes" in changes:
            changes["four_eyes"] = tuple(changes["four_eyes"])
        return changes


def _rate(text: str | None) -> Any:
    return None if text is None else decimal_of(text, field="default_rate_per_kwh")


class OrganizationAnswer(BaseModel):
    """An organization; default rate, billing e-mail and four eyes are absent for customers' people."""

    id: UUID
    name: str
    slug: str
    timezone: str
    currency: str
    billing_day: int
    due_days: int
    default_rate_per_kwh: DecimalText | None
    billing_email: str | None
    locale: str
    team_name: str | None
    slogan: str | None
    primary_colour: str | None
    accent_colour: str | None
    four_eyes: list[str]
    mode: Mode
    clock_at: datetime | None
    version: int

    @classmethod
    def of(cls, host: Host, caller: Principal) -> OrganizationAnswer:
        shown = {name: getattr(host, name) for name in cls.model_fields} | {"four_eyes": list(host.four_eyes)}
        if caller.customer_id:
            shown |= {"billing_email": None, "four_eyes": []}
        rate = None if caller.customer_id else host.default_rate_per_kwh
        return cls(**shown | {"default_rate_per_kwh": None if rate is None else f"{rate.normalize():f}"})


class NewMember(Body):
    """A person to be let in. Roles that begin with `customer_` need the customer whose team it is."""

    email: str = Field(max_length=254, examples=["ops@alpha.example"])
    name: str = Field(min_length=1, max_length=200)
    role: Role
    role_id: UUID | None = Field(None, description="With role `custom`: which one.")
    password: str | None = Field(None, max_length=1024)
    customer_id: UUID | None = None


class RoleChange(Body):
    """Another role for a member."""

    role: Role
    role_id: UUID | None = Field(None, description="With role `custom`: which one.")


class Heir(Body):
    """Who becomes the owner."""

    member_id: UUID


class MemberAnswer(BaseModel):
    id: UUID
    email: str
    name: str
    role: Role
    role_id: UUID | None
    customer_id: UUID | None
    version: int
    signed_in_at: datetime | None = Field(description="When they last signed in here; real time.")

    @classmethod
    def of(cls, member: Member) -> MemberAnswer:
        return cls(**{name: getattr(member, name) for name in cls.model_fields})


class MemberList(BaseModel):
    items: list[MemberAnswer]
    next: str | None


class Me(BaseModel):
    """The caller. `email` is absent where an API key acts for nobody's account here.

    `held` says what comes before a permission is used (`second_factor`, `step_up`, `approval`; `*`: all of them).
    `actor` is who looks, when somebody of the host views the portal as a customer.
    """

    subject: str
    organization_id: UUID
    customer_id: UUID | None
    email: str | None
    name: str | None
    role: Role | None
    permissions: list[str]
    held: dict[str, str]
    actor: str | None

    @classmethod
    def of(cls, caller: Principal, member: Member | None) -> Me:
        return cls(
            subject=caller.subject,
            organization_id=caller.organization_id,
            customer_id=caller.customer_id,
            email=member.email if member else None,
            name=member.name if member else None,
            role=member.role if member else None,
            permissions=sorted(caller.permissions),
            held=dict(caller.held),
            actor=caller.actor,
        )


class Advance(Body):
    """Where the test clock is to go."""

    to_at: str = Field(examples=["2025-04-01T05:00:00Z"], json_schema_extra={"format": "date-time"})


class Waiting(BaseModel):
    """A service that is not at rest, and why; numbers are absent when it does not answer."""

    service: str
    unpublished: int | None
    consumer_lag: int | None
    open_wakeups: int | None
    stuck: str | None

    @classmethod
    def of(cls, look: Look) -> Waiting:
        return cls(**{name: getattr(look, name) for name in cls.model_fields})


class ClockAnswer(BaseModel):
    """Where the clock stands, where it is going, and whether everything before has settled."""

    now_at: datetime
    target_at: datetime | None
    settled: bool
    waiting_for: list[Waiting]
