"""Four eyes: one person asks to do a certain thing, another one allows it, then it is done once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.errors import Conflict, Forbidden, RuleBroken
from identity.domain.roles import FOUR_EYES

LIFETIME = timedelta(days=3)


class BadApproval(RuleBroken):
    """What was asked for cannot be approved."""

    code = "bad_approval"


class ApprovalState(StrEnum):
    """Asked for, allowed, refused."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Approval:
    """The request that is to be made, word by word, and what another person said to it. Instants are real time."""

    id: UUID
    permission: str
    method: str
    path: str
    body: Any
    request_sha256: str
    reason: str
    asked_by: UUID
    asked_at: datetime
    ends_at: datetime
    state: ApprovalState = ApprovalState.ASKED
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    note: str | None = None

    def decided(self, state: ApprovalState, by: UUID, note: str | None, *, now_at: datetime) -> Approval:
        """What it becomes when somebody else decides; nobody decides on what they asked for themselves."""
        if by == self.asked_by:
            raise Forbidden("Nobody approves what they asked for themselves.", remedy="let another person decide")
        if self.state is not ApprovalState.ASKED:
            raise Conflict(f"This was {self.state} already.", remedy="ask anew")
        if now_at >= self.ends_at:
            raise Conflict("This was asked too long ago.", remedy="ask anew")
        return replace(self, state=state, decided_by=by, decided_at=now_at, note=note)

    def opens(self, person_id: UUID, *, now_at: datetime) -> bool:
        """Whether the person who asked may go on with it now."""
        return self.state is ApprovalState.GRANTED and person_id == self.asked_by and now_at < self.ends_at


def held_for_approval(four_eyes: Collection[str], permissions: frozenset[str]) -> dict[str, str]:
    """The permissions of a caller for which the organization asks a second person."""
    return {FOUR_EYES[name]: "approval" for name in four_eyes if FOUR_EYES[name] in permissions}
