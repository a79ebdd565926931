"""Requests and answers of the API of keys."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from identity.domain.api_keys import ApiKey
from identity.domain.roles import Role


class NewApiKey(Body):
    """A key to be made: with a role, or with single permissions; a collector's may be bound to its site."""

    name: str = Field(min_length=1, max_length=200)
    role: Role | None = None
    permissions: list[str] | None = Field(None, max_length=100, examples=[["readings.write"]])
    expires_on: date | None = Field(None, description="The first day (UTC) on which the key no longer opens anything.")
    site_id: UUID | None = Field(None, description="The only site that the key may speak for.")
    rate_per_minute: int | None = Field(None, ge=1, le=100_000, description="How many calls a minute it may make.")


class Rotation(Body):
    """How long the former key goes on beside its successor."""

    overlap_hours: int = Field(24, ge=0, le=168)


class ApiKeyAnswer(BaseModel):
    """A key as listed; the whole of it is never shown again."""

    id: UUID
    name: str
    prefix: str
    role: str | None
    permissions: list[str]
    expires_on: date | None
    last_used_at: datetime | None
    site_id: UUID | None
    rate_per_minute: int | None
    replaces_id: UUID | None
    ends_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> ApiKeyAnswer:
        shown = {name: getattr(key, name) for name in ApiKeyAnswer.model_fields}
        return cls(**shown | {"permissions": sorted(key.permissions)})


class ApiKeyMade(ApiKeyAnswer):
    """A fresh key with its secret, this once."""

    key: str


class ApiKeyList(BaseModel):
    items: list[ApiKeyAnswer]
    next: str | None
