"""Tickets and what was written to them: rows and queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, insert, select, text, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
from customers.domain.ticket import PROMISES, Priority, Promise, Side, State, Subject, Ticket
from customers.store.paper_tables import documents
from customers.store.talk_tables import ticket_messages, ticket_settings, tickets

_ABOUT = ("unit_id", "invoice_id", "invoice_line", "contract_id")
_FIELDS = [
    c.name
    for c in tickets.columns
    if c.name not in ("organization_id", "ticket_id", "state", "priority", "opened_by", *_ABOUT)
]
_NUMBER = text(
    "insert into ticket_settings (organization_id, next_number) values (:organization, 2)"
    " on conflict (organization_id) do update set next_number = ticket_settings.next_number + 1"
    " returning next_number - 1"
)
_T = tickets.c
LISTING = Listing(
    key=[_T.ticket_id],
    sorts={
        "added": _T.ticket_id,
        "number": _T.number,
        "title": func.lower(_T.title),
        "priority": case({name.value: rank for rank, name in enumerate(Priority)}, value=_T.priority),
        "opened_at": _T.opened_at,
        "resolve_due_at": _T.resolve_due_at,
        "resolved_at": _T.resolved_at,
    },
    filters={
        **{name: _T[name].__eq__ for name in ("customer_id", "number", *_ABOUT, "opened_by", "assignee")},
        "state": _T.state.in_,
        "priority": _T.priority.in_,
        "q": lambda words: _T.title.icontains(words, autoescape=True),
        "opened_from_at": _T.opened_at.__ge__,
        "opened_to_at": _T.opened_at.__lt__,
    },
    usual="-added",
    hosts=frozenset({"assignee"}),
)


@dataclass(frozen=True, slots=True)
class Message:
    """What was written: `customer_id` is None for an internal note, which portal callers never see."""

    id: UUID
    ticket_id: UUID
    customer_id: UUID | None
    side: Side
    author: str
    text: str
    written_at: datetime
    mail_id: str | None = None

    @property
    def is_internal(self) -> bool:
        return self.customer_id is None


def _of_row(row: Any) -> Ticket:
    about = Subject(*(getattr(row, name) for name in _ABOUT))
    fields = {name: getattr(row, name) for name in _FIELDS} | {"late": tuple(row.late)}
    words: dict[str, Any] = {"state": State(row.state), "priority": Priority(row.priority)}
    return Ticket(id=row.ticket_id, about=about, opened_by=Side(row.opened_by), **fields | words)


def _values(ticket: Ticket) -> dict[str, Any]:
    words = {name: getattr(ticket, name).value for name in ("state", "priority", "opened_by")}
    about = {name: getattr(ticket.about, name) for name in _ABOUT}
    return {name: getattr(ticket, name) for name in _FIELDS} | words | about | {"late": list(ticket.late)}


async def next_number(tx: Tx, organization_id: UUID) -> str:
    """Each number once; the row is held until the ticket is written."""
    number = (await tx.execute(_NUMBER, {"organization": organization_id})).scalar_one()
    return f"T-{number:05d}"


async def promises(tx: Tx) -> dict[Priority, Promise]:
    """The host's promises, the product's where it set none."""
    own = (await tx.execute(select(ticket_settings.c.promises))).scalar() or {}
    return {p: Promise(*own[p.value]) if p.value in own else PROMISES[p] for p in Priority}


async def add(tx: Tx, organization_id: UUID, ticket: Ticket) -> None:
    await tx.execute(insert(tickets).values(organization_id=organization_id, ticket_id=ticket.id, **_values(ticket)))


async def get(tx: Tx, ticket_id: UUID, *, for_change: bool = False) -> Ticket:
    query = select(tickets).where(tickets.c.ticket_id == ticket_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no ticket {ticket_id}.", field="ticket_id", remedy="an id of one that is there")
    return _of_row(row)


async def save(tx: Tx, ticket: Ticket) -> None:
    unchanged = tickets.c.ticket_id == ticket.id, tickets.c.version == ticket.version - 1
    if (await tx.execute(update(tickets).where(*unchanged).values(**_values(ticket)))).rowcount != 1:
        raise Stale("The ticket was changed meanwhile.", remedy="read it again and repeat the change")


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[Ticket]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(tickets), wanted)]


async def count_open(tx: Tx, customer_id: UUID) -> int:
    t = tickets.c
    query = select(func.count()).where(t.customer_id == customer_id, t.state.in_((State.OPEN, State.WAITING)))
    return int((await tx.execute(query)).scalar_one())


async def move(tx: Tx, from_id: UUID, to_id: UUID) -> None:
    """The tickets of a doubled account go over to the one that stays; what was written stays as it was written."""
    for table in (tickets, ticket_messages, documents):
        query = update(table).where(table.c.customer_id == from_id)
        if table is documents:
            query = query.where(documents.c.message_id.is_not(None))
        await tx.execute(query.values(customer_id=to_id))


async def write(tx: Tx, organization_id: UUID, message: Message) -> None:
    names = ("ticket_id", "customer_id", "author", "text", "written_at", "mail_id")
    values = {name: getattr(message, name) for name in names}
    ids = {"organization_id": organization_id, "message_id": message.id, "side": message.side.value}
    await tx.execute(insert(ticket_messages).values(**ids, **values))


async def messages(tx: Tx, ticket_id: UUID) -> list[Message]:
    """All that was written to a ticket, in order; a portal caller gets what both sides see."""
    m = ticket_messages.c
    rows = await tx.execute(select(ticket_messages).where(m.ticket_id == ticket_id).order_by(m.message_id))
    return [
        Message(r.message_id, r.ticket_id, r.customer_id, Side(r.side), r.author, r.text, r.written_at, r.mail_id)
        for r in rows
    ]


async def ticket_of_mail(tx: Tx, mail_ids: Sequence[str], message_ids: Sequence[UUID]) -> UUID | None:
    """The ticket to which one of these was written: a Message-ID that came in, or a message of ours that went out."""
    m = ticket_messages.c
    query = select(m.ticket_id).where(m.mail_id.in_(mail_ids) | m.message_id.in_(message_ids)).limit(1)
    found: UUID | None = (await tx.execute(query)).scalar()
    return found


async def ticket_of_number(tx: Tx, number: str) -> UUID | None:
    found: UUID | None = (await tx.execute(select(tickets.c.ticket_id).where(tickets.c.number == number))).scalar()
    return found


async def message_of_mail(tx: Tx, mail_id: str) -> tuple[UUID, UUID] | None:
    """The ticket and message that hold this mail already."""
    m = ticket_messages.c
    row = (await tx.execute(select(m.ticket_id, m.message_id).where(m.mail_id == mail_id))).first()
    return (row.ticket_id, row.message_id) if row else None
