"""People at a customer's whom the host knows, whether or not they sign in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from common.errors import RuleBroken
from customers.domain.words import checked_email, checked_line, checked_phone


class BadContact(RuleBroken):
    """A contact that cannot be so."""

    code = "bad_contact"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to turn to; `job` is what for. General mail goes to the account's contact address (CM-10)."""

    id: UUID
    customer_id: UUID
    name: str
    email: str | None = None
    phone: str | None = None
    job: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        checked_line(self.name, "name", 120)
        if self.email is not None:
            checked_email(self.email, "email")
        if self.phone is not None:
            checked_phone(self.phone, "phone")
        if self.job is not None:
            checked_line(self.job, "job", 120)
        if self.email is None and self.phone is None:
            raise BadContact(
                "A contact without address and number reaches nobody.", field="email", remedy="one of both"
            )

    def changed(self, **changes: object) -> Contact:
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]
