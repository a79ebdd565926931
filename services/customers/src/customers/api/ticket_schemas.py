"""Requests and answers about tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, field_validator

from common.auth import Principal
from common.http import Body
from customers.api.uploads import MOST_FILES, DocumentAnswer, Upload
from customers.domain.ticket import FIRST_ANSWER, RESOLUTION, Priority, Promise, Side, State, Subject, Ticket
from customers.store.tickets import Message

Text = Field(min_length=1, max_length=50_000, examples=["Unit A-17 is offline since this morning."])


class Written(Body):
    """What is written, with up to five files. An internal note is seen by the host alone."""

    text: str = Text
    files: list[Upload] = Field([], max_length=MOST_FILES)


class NewTicket(Written):
    """A ticket. The customer's own people leave `customer_id` out; what it is about must be the customer's."""

    customer_id: UUID | None = None
    title: str = Field(min_length=1, max_length=200, examples=["Unit offline"])
    priority: Priority = Priority.NORMAL
    unit_id: UUID | None = None
    invoice_id: UUID | None = None
    invoice_line: int | None = Field(None, description="Of the invoice; 1 is its first line.")
    contract_id: UUID | None = None

    def about(self) -> Subject:
        return Subject(self.unit_id, self.invoice_id, self.invoice_line, self.contract_id)


class NewMessage(Written):
    is_internal: bool = False


class TicketChange(Body):
    """The fields to change; what is left out stays. The customer's own people only resolve, reopen and retitle."""

    title: str | None = Field(None, min_length=1, max_length=200)
    state: State | None = None
    priority: Priority | None = None
    assignee: str | None = Field(None, max_length=120)

    @field_validator("title", "state", "priority")
    @classmethod
    def _never_blank(cls, value: object) -> object:
        if value is None:
            raise ValueError("This field can be left out, but not emptied")
        return value

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class Clock(BaseModel):
    """What was promised: `is_resting` while the customer has the word; `late` names what was not kept."""

    first_answer_due_at: AwareDatetime
    first_answered_at: AwareDatetime | None
    resolution_due_at: AwareDatetime
    is_resting: bool
    late: list[str]

    @classmethod
    def of(cls, ticket: Ticket, at: datetime) -> Clock:
        late = [p for p in (FIRST_ANSWER, RESOLUTION) if p in ticket.late or ticket.missed(p, at)]
        return cls(
            first_answer_due_at=ticket.first_due_at,
            first_answered_at=ticket.first_answered_at,
            resolution_due_at=ticket.resolve_due_at,
            is_resting=ticket.waiting_since_at is not None,
            late=late,
        )


class TicketAnswer(BaseModel):
    """A ticket; `open` waits for the host, `waiting` for the customer."""

    id: UUID
    customer_id: UUID
    number: str
    title: str
    state: State
    priority: Priority
    unit_id: UUID | None
    invoice_id: UUID | None
    invoice_line: int | None
    contract_id: UUID | None
    opened_by: Side
    opened_at: AwareDatetime
    resolved_at: AwareDatetime | None
    assignee: str | None
    clock: Clock
    version: int

    @classmethod
    def of(cls, ticket: Ticket, caller: Principal, at: datetime) -> TicketAnswer:
        own = ("id", "customer_id", "number", "title", "state", "priority", "opened_by", "opened_at", "resolved_at")
        about = ("unit_id", "invoice_id", "invoice_line", "contract_id")
        fields = {name: getattr(ticket, name) for name in own} | {n: getattr(ticket.about, n) for n in about}
        assignee = None if caller.customer_id else ticket.assignee
        return cls(**fields, assignee=assignee, clock=Clock.of(ticket, at), version=ticket.version)


class MessageAnswer(BaseModel):
    """What somebody wrote; of the host's people a customer learns the side alone.

    `mail_refusal`, for the host: the mail that told the other side of it was refused for good, and why.
    """

    id: UUID
    side: Side
    author: str
    text: str
    written_at: AwareDatetime
    is_internal: bool
    files: list[DocumentAnswer]
    mail_refusal: str | None

    @classmethod
    def of(cls, message: Message, files: Sequence[Any], refusal: str | None, caller: Principal) -> MessageAnswer:
        shown = {name: getattr(message, name) for name in ("id", "side", "text", "written_at", "is_internal")}
        author = "host" if caller.customer_id and message.side is Side.HOST else message.author
        mine = [
            DocumentAnswer(
                id=str(f.document_id), **{n: f._mapping[n] for n in DocumentAnswer.model_fields if n != "id"}
            )
            for f in files
            if f.message_id == message.id
        ]
        return cls(**shown, author=author, files=mine, mail_refusal=None if caller.customer_id else refusal)


class TicketDetail(TicketAnswer):
    messages: list[MessageAnswer]


class TicketList(BaseModel):
    items: list[TicketAnswer]
    next: str | None


class Minutes(Body):
    """Until the first answer, and until the resolution, in minutes of the clock."""

    first_answer_minutes: int = Field(ge=1, le=525_600)
    resolution_minutes: int = Field(ge=1, le=525_600)


class Promises(Body):
    urgent: Minutes
    high: Minutes
    normal: Minutes
    low: Minutes

    def promises(self) -> dict[Priority, Promise]:
        return {p: Promise(*getattr(self, p.value).model_dump().values()) for p in Priority}


class TicketSettings(Body):
    """What the host promises by priority, and where it is told by mail of what customers write.

    `mail_authserv_id`: the name under which the host's own mail server writes Authentication-Results (RFC 8601). Where
    it is set, mail that comes in without a passing result of that server is refused.
    """

    promises: Promises
    support_email: str | None = Field(None, max_length=254, examples=["support@host.example"])
    mail_authserv_id: str | None = Field(None, max_length=253, examples=["mx.host.example"])


class TicketSettingsAnswer(TicketSettings):
    version: int


class RawMail(Body):
    """A mail as a mail server hands it over (RFC 5322), in base64. Whether its sender is genuine was checked before."""

    raw: str = Field(min_length=1, max_length=11_500_000)


class MailTaken(BaseModel):
    ticket_id: UUID
    message_id: UUID
