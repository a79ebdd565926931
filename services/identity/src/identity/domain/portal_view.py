"""Somebody of the host looks at the portal as a customer sees it (CM-17): for a while, with a reason, reading alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.domain.roles import Role, permissions_of
from identity.domain.texts import plain_text

# What the customer's owner may read, save for how they pay.
SEEN = frozenset(p for p in permissions_of(Role.CUSTOMER_OWNER) if p.endswith(".read")) - {"payment_methods.read"}


@dataclass(frozen=True, slots=True)
class PortalView:
    """The customer may see who looked, when and why: so the name is kept as it was."""

    id: UUID
    customer_id: UUID
    person_id: UUID
    person_name: str
    reason: str
    started_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        plain_text(self.reason, "reason", 500)
