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
    """Who is offered what by whom; with `customer_id`, a place in that customer's team. Instants are real time.

    `mail_refusal`: what the mail server said when it refused the newest mail for good; its link can still be copied.
    """

    id: UUID
    email: str
    role: Role
    invited_by: UUID
    made_at: datetime
    ends_at: datetime
    role_id: UUID | None = None
    customer_id: UUID | None = None
    mail_refused_at: datetime | None = None
    mail_refusal: str | None = None

    @property
    def audience(self) -> Audience:
        return Audience.HOST if self.customer_id is None else Audience.PORTAL

    def renewed(self, by: UUID, now_at: datetime) -> Invitation:
        """It stands for whoever renewed it from now on."""
        ends_at = now_at + LIFETIME[Purpose.INVITATION]
        return replace(self, invited_by=by, ends_at=ends_at, mail_refused_at=None, mail_refusal=None)
