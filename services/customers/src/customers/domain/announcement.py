"""Announcements of the host: for whom, when, and on which way (CM-30)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from customers.domain.agreement import CONTRACT_TYPES
from customers.domain.words import checked_line, checked_prose

FARTHEST = timedelta(days=731)


class BadAnnouncement(RuleBroken):
    """An announcement that cannot be so."""

    code = "bad_announcement"


class Reach(StrEnum):
    """Whom an announcement is for: `values` are ids of groups, sites or customers, or contract types."""

    ALL = "all"
    GROUPS = "groups"
    SITES = "sites"
    CONTRACT_TYPES = "contract_types"
    OVERDUE = "overdue"
    CUSTOMERS = "customers"


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Audience:
    """Active customers alone are reached, each once, whoever the audience is; it is looked up when it goes out."""

    reach: Reach = Reach.ALL
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wants = self.reach not in (Reach.ALL, Reach.OVERDUE)
        if wants != bool(self.values) or len(self.values) > 500:
            remedy = "1 to 500 of them" if wants else f"no values; {self.reach} needs none"
            raise BadAnnouncement("The audience is not complete.", field="audience.values", remedy=remedy)
        for value in self.values:
            if self.reach is Reach.CONTRACT_TYPES and value not in CONTRACT_TYPES:
                known = ", ".join(CONTRACT_TYPES)
                raise BadAnnouncement(f"{value!r} is no contract type.", field="audience.values", remedy=known)
            if wants and self.reach is not Reach.CONTRACT_TYPES:
                _check_id(value)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something the host has to say; what was sent is not changed any more."""

    id: UUID
    title: str
    text: str
    audience: Audience
    in_portal: bool = True
    by_mail: bool = False
    publish_at: datetime | None = None
    state: State = State.DRAFT
    sent_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        checked_line(self.title, "title", 150)
        checked_prose(self.text, "text", 20_000)
        if not (self.in_portal or self.by_mail):
            raise BadAnnouncement("It would reach nobody.", field="in_portal", remedy="in the portal, by mail, or both")

    def changed(self, **changes: object) -> Announcement:
        self._unsent()
        return self._next(**changes)

    def scheduled(self, publish_at: datetime, at: datetime) -> Announcement:
        """It goes out at that instant; one that has come already means now."""
        self._unsent()
        if publish_at - at > FARTHEST:
            raise BadAnnouncement(f"{publish_at:%F} is too far away.", field="publish_at", remedy="within two years")
        return self._next(state=State.SCHEDULED, publish_at=max(publish_at, at))

    def sent(self, at: datetime) -> Announcement:
        return self._next(state=State.SENT, sent_at=at)

    def cancelled(self) -> Announcement:
        self._unsent()
        return self._next(state=State.CANCELLED)

    def _unsent(self) -> None:
        if self.state in (State.SENT, State.CANCELLED):
            raise Conflict(f"The announcement is {self.state}.", remedy="write a new one")

    def _next(self, **changes: object) -> Announcement:
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


def _check_id(value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise BadAnnouncement(f"{value!r} is no id.", field="audience.values", remedy="ids (UUID)") from None
