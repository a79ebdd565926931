"""A person's place in one organization, or in the team of one of its customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from identity.domain.roles import Role
from identity.domain.texts import plain_name


class Told(TypedDict):
    """What other services hear of a member."""

    member_id: UUID
    role: str
    customer_id: UUID | None
    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """`home_id` is the organization that keeps the person's password: this one, or the platform for its own people.

    `signed_in_at`: when they last signed in here, whole; real time.
    """

    id: UUID
    person_id: UUID
    home_id: UUID
    email: str
    name: str
    role: Role
    customer_id: UUID | None = None
    role_id: UUID | None = None
    version: int = 1
    signed_in_at: datetime | None = None

    @property
    def told(self) -> Told:
        """Names and addresses only of customers' people, whose teams are listed elsewhere (CM-27, CM-28)."""
        name, email = (self.name, self.email) if self.customer_id else (None, None)
        return Told(member_id=self.id, role=self.role, customer_id=self.customer_id, name=name, email=email)

    def __post_init__(self) -> None:
        plain_name(self.name, "name", 200)
