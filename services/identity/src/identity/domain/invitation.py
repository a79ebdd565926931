"""An invitation: one address is offered one role, for seven days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.errors import Conflict
from identity.domain.links import LIFETIME, Purpose
from identity.domain.roles import Role
from identity.domain.sessions import Audience


class InvitationOver(Conflict):
    """The link is used, withdrawn, replaced or too old, or it was sent to another address: one answer for all."""

    code = "link_over"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is offered what by whom; with `customer_id`, a place in that customer's team. Instants are real time."""

    id: UUID
    email: str
    role: Role
    invited_by: UUID
    made_at: datetime
    ends_at: datetime
    role_id: UUID | None = None
    customer_id: UUID | None = None

    @property
    def audience(self) -> Audience:
        return Audience.HOST if self.customer_id is None else Audience.PORTAL

    def renewed(self, now_at: datetime) -> Invitation:
        return replace(self, ends_at=now_at + LIFETIME[Purpose.INVITATION])
