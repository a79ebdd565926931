"""A person's place in one organization, or in the team of one of its customers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from common.errors import RuleBroken
from identity.domain.host import plain_text
from identity.domain.roles import Role

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,185}\.[A-Za-z]{2,63}")


class BadMember(RuleBroken):
    """A field of the member cannot be so."""

    code = "bad_member"


def checked_email(text: str) -> str:
    """The address in the one form by which people are found: trimmed, lower case."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise BadMember(f"{text!r} is not an e-mail address.", field="email", remedy="one address, name@domain")
    return email


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

    def __post_init__(self) -> None:
        plain_text(self.name, "name", 200)
