"""A customer's account and its rules (CM-04..10, 16, 18, 32)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from common.money import minor_unit
from customers.domain.words import checked_email, checked_line, checked_phone, checked_prose

MOST_TAGS = 20


class BadCustomer(RuleBroken):
    """A field of the account cannot be so."""

    code = "bad_customer"


class CustomerMergedAway(Conflict):
    """The account was closed in favour of another."""

    code = "customer_merged_away"


class Standing(StrEnum):
    """What the host sees first of a customer (X14): the first that applies, in this order."""

    INACTIVE = "inactive"
    POOL_REDIRECTED = "pool_redirected"
    IN_DEFAULT = "in_default"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the host. `notes` are internal and never leave the host (CM-06).

    `issuing_entity_id`: the legal person that its invoices come from where no contract names one; blank, the default.
    """

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
    tags: tuple[str, ...] = ()
    team_name: str | None = None
    merged_into: UUID | None = None
    issuing_entity_id: UUID | None = None
    version: int = 1

    def __post_init__(self) -> None:
        checked_line(self.name, "name", 200)
        checked_email(self.contact_email, "contact_email")
        if self.billing_email is not None:
            checked_email(self.billing_email, "billing_email")
        for value, field in ((self.company, "company"), (self.team_name, "team_name")):
            if value is not None:
                checked_line(value, field, 200)
        if self.phone is not None:
            checked_phone(self.phone, "phone")
        if self.notes is not None:
            checked_prose(self.notes, "notes", 10_000)
        if self.currency is not None:
            minor_unit(self.currency)
        _check_tags(self.tags)

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

    @property
    def badges(self) -> tuple[str, ...]:
        """Every flag that applies, in the order in which they are shown (X14); `active` where nothing is amiss."""
        flags = {
            Standing.INACTIVE.value: not self.is_active,
            Standing.POOL_REDIRECTED.value: self.is_redirected,
            Standing.IN_DEFAULT.value: self.in_default,
            "billing_hold": self.on_billing_hold,
            "portal_closed": not self.has_portal_access,
            "merged": self.merged_into is not None,
        }
        return tuple(name for name, applies in flags.items() if applies) or (Standing.ACTIVE.value,)

    def changed(self, **changes: object) -> Customer:
        """The account after a change, its version one higher; every rule is checked again."""
        self.check_stands()
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]

    def check_stands(self) -> None:
        """Refused for an account that was given up: nothing new is written to it."""
        if self.merged_into is not None:
            raise CustomerMergedAway(
                f"This account was merged into {self.merged_into}.", field="customer_id", remedy="use that one"
            )

    def merged(self, into: UUID) -> Customer:
        """Closed for good in favour of the other account."""
        return self.changed(is_active=False, has_portal_access=False, merged_into=into)


def _check_tags(tags: tuple[str, ...]) -> None:
    if len(tags) > MOST_TAGS:
        raise BadCustomer(f"{len(tags)} tags are too many.", field="tags", remedy=f"at most {MOST_TAGS}")
    for tag in tags:
        checked_line(tag, "tags", 40)
    twice = {tag for tag in tags if [t.casefold() for t in tags].count(tag.casefold()) > 1}
    if twice:
        raise BadCustomer(f"The tag {min(twice)!r} comes twice.", field="tags", remedy="each tag once")
