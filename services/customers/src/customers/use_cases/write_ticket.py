"""Open a ticket and write to it: from the portal, from the console, or by mail (CM-31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from common import wakeups
from common.clock import instant_text
from common.db import Tx, new_id
from common.errors import NotFound
from common.outbox import publish
from customers.domain.files import File
from customers.domain.mail_thread import subject_of
from customers.domain.ticket import FIRST_ANSWER, RESOLUTION, Priority, Side, State, Subject, Ticket
from customers.domain.words import checked_prose
from customers.store import copies, customers, desk, documents, tickets
from customers.store.mails import Letter
from customers.store.tables import contracts, invoices
from customers.store.tickets import Message
from events.customers import TicketAnswered, TicketOpened, TicketStateChanged

WATCH = "watch_ticket"
MOST_REFERENCES = 10


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes: on which side, who, and with which files. `mail_id` is the Message-ID it came with."""

    side: Side
    author: str
    text: str
    files: Sequence[File] = ()
    is_internal: bool = False
    mail_id: str | None = None

    def __post_init__(self) -> None:
        checked_prose(self.text, "text", 50_000)


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket to be: of which customer, about what."""

    customer_id: UUID
    title: str
    priority: Priority
    about: Subject
    reply_to: str | None = None


async def open_ticket(
    tx: Tx, organization_id: UUID, opening: Opening, words: Words, *, at: datetime
) -> tuple[Ticket, UUID, list[Letter]]:
    """Answers the ticket, its first message, and the mails that follow."""
    (await customers.get(tx, opening.customer_id)).check_stands()
    await _check_about(tx, opening)
    promise = (await tickets.promises(tx))[opening.priority]
    ticket = Ticket(
        id=new_id(),
        customer_id=opening.customer_id,
        number=await tickets.next_number(tx, organization_id),
        title=opening.title,
        priority=opening.priority,
        about=opening.about,
        opened_by=words.side,
        opened_at=at,
        first_due_at=at + timedelta(minutes=promise.first_answer_minutes),
        resolve_due_at=at + timedelta(minutes=promise.resolution_minutes),
        reply_to=opening.reply_to,
    )
    if words.side is Side.HOST:  # what the host begins, the customer has to answer
        ticket = replace(ticket, state=State.WAITING, first_answered_at=at, waiting_since_at=at)
    await tickets.add(tx, organization_id, ticket)
    opened = TicketOpened(
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        number=ticket.number,
        opened_by=words.side.value,
        priority=ticket.priority.value,
        unit_id=ticket.about.unit_id,
        invoice_id=ticket.about.invoice_id,
    )
    await publish(tx, organization_id, opened, at=at, source="customers")
    message = await _write(tx, organization_id, ticket, words, at)
    await watch(tx, organization_id, ticket)
    return ticket, message.id, await _letters(tx, ticket, message, words.files)


async def answer_ticket(
    tx: Tx, organization_id: UUID, ticket_id: UUID, words: Words, *, at: datetime
) -> tuple[Ticket, UUID, list[Letter]]:
    """An internal note changes nothing that the customer could see, not even the state."""
    before = await tickets.get(tx, ticket_id, for_change=True)
    after = before if words.is_internal else before.answered(words.side, at)
    message = await _write(tx, organization_id, after, words, at)
    if words.is_internal:
        return after, message.id, []
    await tickets.save(tx, after)
    names = {"ticket_id": after.id, "customer_id": after.customer_id, "number": after.number}
    answered = TicketAnswered(**names, answered_by=words.side.value)
    await publish(tx, organization_id, answered, at=at, source="customers")
    if after.state is not before.state:
        await tell_state(tx, organization_id, after, at)
    await watch(tx, organization_id, after)
    return after, message.id, await _letters(tx, after, message, words.files)


async def watch(tx: Tx, organization_id: UUID, ticket: Ticket) -> None:
    """Look again when a promise falls due; a look whose instant was moved since does nothing."""
    if ticket.waiting_since_at is not None:
        return
    for promise in (FIRST_ANSWER, RESOLUTION) if ticket.first_answered_at is None else (RESOLUTION,):
        due_at = ticket.due_at(promise)
        payload = {"ticket_id": str(ticket.id), "promise": promise, "due_at": instant_text(due_at)}
        await wakeups.job(tx, organization_id, (WATCH, f"ticket/{ticket.id}"), at=due_at, payload=payload)


async def tell_state(tx: Tx, organization_id: UUID, ticket: Ticket, at: datetime) -> None:
    names = {"ticket_id": ticket.id, "customer_id": ticket.customer_id, "number": ticket.number}
    moved = TicketStateChanged(**names, state=ticket.state.value)
    await publish(tx, organization_id, moved, at=at, source="customers")


async def _write(tx: Tx, organization_id: UUID, ticket: Ticket, words: Words, at: datetime) -> Message:
    owner = None if words.is_internal else ticket.customer_id
    message = Message(new_id(), ticket.id, owner, words.side, words.author, words.text, at, words.mail_id)
    await tickets.write(tx, organization_id, message)
    for file in words.files:
        await documents.add(tx, organization_id, file, customer_id=owner, message_id=message.id)
    return message


async def _check_about(tx: Tx, opening: Opening) -> None:
    """What a ticket is about is the customer's own; what is another's looks as if it were not there."""
    about, mine = opening.about, opening.customer_id
    if about.unit_id is not None and not await copies.has_held_unit(tx, mine, about.unit_id):
        raise NotFound(f"This customer has no unit {about.unit_id}.", field="unit_id", remedy="a unit of theirs")
    if about.invoice_id is not None and await copies.owner_of(tx, invoices, "invoice_id", about.invoice_id) != mine:
        raise NotFound(f"This customer has no invoice {about.invoice_id}.", field="invoice_id", remedy="one of theirs")
    if about.contract_id is not None and await copies.owner_of(tx, contracts, "contract_id", about.contract_id) != mine:
        raise NotFound(
            f"This customer has no contract {about.contract_id}.", field="contract_id", remedy="one of theirs"
        )


async def _letters(tx: Tx, ticket: Ticket, message: Message, files: Sequence[File]) -> list[Letter]:
    """To the other side, in reply to what both sides saw before (RFC 5322 threads by reference).

    Files stay in the ticket; the mail names them.
    """
    customer = await customers.get(tx, ticket.customer_id)
    if message.side is Side.HOST:
        to: str | None = ticket.reply_to or customer.contact_email
    else:
        to = (await desk.read(tx)).support_email
    if to is None:
        return []
    earlier = [m for m in await tickets.messages(tx, ticket.id) if not m.is_internal and m.id != message.id]
    references = tuple(m.mail_id or cause_of(m.id) for m in earlier)[-MOST_REFERENCES:]
    subject = subject_of(ticket.number, ticket.title)
    named = f"\n\n[With the ticket: {', '.join(file.name for file in files)}]" if files else ""
    return [Letter(ticket.customer_id, cause_of(message.id), to, subject, message.text + named, references)]


def cause_of(message_id: UUID) -> str:
    """The local part of the Message-ID under which a message goes out."""
    return f"ticket-{message_id}"
