"""A customer's account and its rules (CM-04..10, 16, 18, 32)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from common.errors import RuleBroken
from common.money import minor_unit

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,185}\.[A-Za-z]{2,63}")


class BadCustomer(RuleBroken):
    """A field of the account cannot be so."""

    code = "bad_customer"


class Standing(StrEnum):
    """What the host sees first of a customer (X14): the first that applies, in this order."""

    INACTIVE = "inactive"
    POOL_REDIRECTED = "pool_redirected"
    IN_DEFAULT = "in_default"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the host. `notes` are internal and never leave the host (CM-06)."""

    id: UUID
    name: str
    contact_email: str
    company: str | None = None
    billing_email: str | None = None
    phone: str | None = None
    currency: str | None = None
    notes: str | None = None
    is_active: bool = True
    has_portal_access: bool = True
    on_billing_hold: bool = False
    in_default: bool = False
    default_reason: str | None = None
    is_redirected: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        _text(self.name, "name", 200)
        for email, field in ((self.contact_email, "contact_email"), (self.billing_email, "billing_email")):
            if email is not None and not _EMAIL.fullmatch(email):
                raise BadCustomer(
                    f"{email!r} is not an e-mail address.", field=field, remedy="one address, name@domain"
                )
        for value, field, most in (
            (self.company, "company", 200),
            (self.phone, "phone", 40),
            (self.notes, "notes", 10_000),
        ):
            if value is not None:
                _text(value, field, most)
        if self.currency is not None:
            minor_unit(self.currency)

    @property
    def invoice_email(self) -> str:
        """Where invoices go: decided when they are sent, not when the account is made (CM-05)."""
        return self.billing_email or self.contact_email

    @property
    def standing(self) -> Standing:
        """The one status that is shown; the flags behind it are all kept (X14)."""
        if not self.is_active:
            return Standing.INACTIVE
        if self.is_redirected:
            return Standing.POOL_REDIRECTED
        return Standing.IN_DEFAULT if self.in_default else Standing.ACTIVE

    def changed(self, **changes: object) -> Customer:
        """The account after a change, its version one higher; every rule is checked again."""
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


def _text(value: str, field: str, most: int) -> None:
    if not value.strip():
        raise BadCustomer(f"The {field} is empty.", field=field, remedy=f"1 to {most} characters")
    if len(value) > most:
        raise BadCustomer(
            f"The {field} is longer than {most} characters.", field=field, remedy=f"1 to {most} characters"
        )
    if any(ord(c) < 32 and c not in "\n\t" for c in value):
        raise BadCustomer(f"The {field} holds control characters.", field=field, remedy="plain text")
