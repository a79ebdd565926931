"""A person's place in one organization, or in the team of one of its customers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from identity.domain.roles import Role
from identity.domain.texts import plain_text


@dataclass(frozen=True, slots=True)
class Member:
    """`home_id` is the organization that keeps the person's password: this one, or the platform for its own people."""

    id: UUID
    person_id: UUID
    home_id: UUID
    email: str
    name: str
    role: Role
    customer_id: UUID | None = None
    role_id: UUID | None = None
    version: int = 1

    def __post_init__(self) -> None:
        plain_text(self.name, "name", 200)
