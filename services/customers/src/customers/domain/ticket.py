"""Support tickets: their states, and the clock that runs while the host is asked (CM-31)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from customers.domain.words import checked_line


class BadTicket(RuleBroken):
    """A ticket or setting that cannot be so."""

    code = "bad_ticket"


class TicketClosed(Conflict):
    """The ticket takes no more answers."""

    code = "ticket_closed"


FIRST_ANSWER, RESOLUTION = "first_answer", "resolution"


class State(StrEnum):
    """`open` waits for the host, `waiting` for the customer; `resolved` opens again by an answer, `closed` does not."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Side(StrEnum):
    CUSTOMER = "customer"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Promise:
    """Within how many minutes a ticket is first answered, and resolved; the time the customer takes is not counted."""

    first_answer_minutes: int
    resolution_minutes: int

    def __post_init__(self) -> None:
        if not 1 <= self.first_answer_minutes <= self.resolution_minutes <= 525_600:
            raise BadTicket(
                f"{self.first_answer_minutes} and {self.resolution_minutes} minutes are not possible.",
                field="promises",
                remedy="1 minute to a year, and the first answer not after the resolution",
            )


PROMISES: Mapping[Priority, Promise] = {
    Priority.URGENT: Promise(60, 8 * 60),
    Priority.HIGH: Promise(4 * 60, 24 * 60),
    Priority.NORMAL: Promise(8 * 60, 3 * 24 * 60),
    Priority.LOW: Promise(24 * 60, 7 * 24 * 60),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a ticket is about, where it is about something: a unit, an invoice or one of its lines, a contract."""

    unit_id: UUID | None = None
    invoice_id: UUID | None = None
    invoice_line: int | None = None
    contract_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.invoice_line is not None and (self.invoice_id is None or not 1 <= self.invoice_line <= 10_000):
            raise BadTicket("A line is of an invoice.", field="invoice_line", remedy="invoice_id, and 1 for its first")


@dataclass(frozen=True, slots=True)
class Ticket:
    """`waiting_since_at` is set while the clock rests: the customer has the word, or it is resolved.

    `late` names the promises that were not kept; `reply_to` is the address of whoever opened it by mail.
    """

    id: UUID
    customer_id: UUID
    number: str
    title: str
    priority: Priority
    about: Subject
    opened_by: Side
    opened_at: datetime
    first_due_at: datetime
    resolve_due_at: datetime
    state: State = State.OPEN
    first_answered_at: datetime | None = None
    resolved_at: datetime | None = None
    waiting_since_at: datetime | None = None
    rested_s: int = 0
    late: tuple[str, ...] = ()
    reply_to: str | None = None
    assignee: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        checked_line(self.title, "title", 200)
        if self.assignee is not None:
            checked_line(self.assignee, "assignee", 120)

    def answered(self, side: Side, at: datetime) -> Ticket:
        """After a word that both sides see: of the host, the customer is next; of the customer, the host is."""
        if self.state is State.CLOSED:
            raise TicketClosed(f"Ticket {self.number} is closed.", remedy="open a new ticket")
        if side is Side.CUSTOMER:
            return self._running(at)
        first = self.first_answered_at or at
        if self.state is State.RESOLVED:
            return self._next(first_answered_at=first)
        return self._next(state=State.WAITING, first_answered_at=first, waiting_since_at=self.waiting_since_at or at)

    def moved(self, state: State, at: datetime) -> Ticket:
        """To another state by hand; a closed one stays closed."""
        if self.state is State.CLOSED:
            raise TicketClosed(f"Ticket {self.number} is closed.", field="state", remedy="open a new ticket")
        if state is self.state:
            return self
        if state is State.OPEN:
            return self._running(at)
        resolved = {} if state is State.WAITING else {"resolved_at": self.resolved_at or at}
        return self._next(state=state, waiting_since_at=self.waiting_since_at or at, **resolved)

    def changed(self, **changes: object) -> Ticket:
        """Another title, priority or assignee."""
        return self._next(**changes)

    def repromised(self, priority: Priority, promise: Promise) -> Ticket:
        """Another priority counts from the opening; time in which the clock rested stays free."""
        first_due_at = self.opened_at + timedelta(minutes=promise.first_answer_minutes)
        resolve_due_at = self.opened_at + timedelta(minutes=promise.resolution_minutes, seconds=self.rested_s)
        return self._next(priority=priority, first_due_at=first_due_at, resolve_due_at=resolve_due_at)

    def due_at(self, promise: str) -> datetime:
        return self.first_due_at if promise == FIRST_ANSWER else self.resolve_due_at

    def missed(self, promise: str, at: datetime) -> bool:
        """Whether a promise is not kept at this instant; a clock that rests misses nothing more."""
        kept_at = self.first_answered_at if promise == FIRST_ANSWER else self.waiting_since_at
        return (kept_at or at) >= self.due_at(promise)

    def noted_late(self, promise: str) -> Ticket:
        return self._next(late=(*self.late, promise))

    def as_version(self, version: int) -> Ticket:
        """Several changes at once make one version."""
        return replace(self, version=version)

    def _running(self, at: datetime) -> Ticket:
        rested = at - self.waiting_since_at if self.waiting_since_at else timedelta(0)
        rested_s, resolve_due_at = self.rested_s + int(rested.total_seconds()), self.resolve_due_at + rested
        resting = {"waiting_since_at": None, "resolved_at": None}
        return self._next(state=State.OPEN, rested_s=rested_s, resolve_due_at=resolve_due_at, **resting)

    def _next(self, **changes: object) -> Ticket:
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]
