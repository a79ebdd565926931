"""`/v1/tickets`: support, asked for by customers and answered by the host (CM-31)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.auth import Principal
from common.db import Tx
from common.errors import Forbidden, RuleBroken
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from customers.api.instants import Instant
from customers.api.ticket_schemas import (
    MailTaken,
    MessageAnswer,
    NewMessage,
    NewTicket,
    RawMail,
    TicketAnswer,
    TicketChange,
    TicketDetail,
    TicketList,
    Written,
)
from customers.api.uploads import decoded, files_of
from customers.domain.ticket import Priority, Side, State
from customers.store import documents, mails, tickets
from customers.use_cases.receive_mail import receive_mail
from customers.use_cases.tend_ticket import change_ticket
from customers.use_cases.write_ticket import Opening, Words, answer_ticket, open_ticket
from customers.workflows.post.client import post

router = new_router("tickets")


class Filter(BaseModel):
    """Which tickets; `q` is looked for in titles. Whose task it is, is the host's own."""

    customer_id: UUID | None = None
    state: list[State] | None = Query(None, max_length=4)
    priority: list[Priority] | None = Query(None, max_length=4)
    number: str | None = Query(None, max_length=40)
    q: str | None = Query(None, min_length=2, max_length=100)
    unit_id: UUID | None = None
    invoice_id: UUID | None = None
    contract_id: UUID | None = None
    opened_by: Side | None = None
    assignee: str | None = Query(None, max_length=120)
    opened_from_at: Instant | None = None
    opened_to_at: Instant | None = None


@router.post("/v1/tickets", status_code=201, **allow("tickets.write"))
async def open_one(tx: Transaction, caller: Caller, body: NewTicket, response: Response) -> TicketDetail:
    """Open a ticket; the other side is told by mail."""
    customer_id = body.customer_id or caller.customer_id
    if customer_id is None:
        raise RuleBroken("A ticket is of a customer.", field="customer_id", remedy="the customer's id")
    at = await business_now(tx, caller.organization_id)
    opening = Opening(customer_id, body.title, body.priority, body.about())
    words = _words(body, caller)
    ticket, message_id, letters = await open_ticket(tx, caller.organization_id, opening, words, at=at)
    await post(tx, caller.organization_id, message_id, letters, at=at)
    return await _detail(tx, caller, ticket.id, response)


@router.get("/v1/tickets", **allow("tickets.read"))
async def list_tickets(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(tickets.LISTING)], wanted: Annotated[Filter, Query()]
) -> TicketList:
    """Tickets, the newest first where no order is asked for."""
    at = await business_now(tx, caller.organization_id)
    found = await tickets.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [TicketAnswer.of(ticket, caller, at).model_dump() for ticket in found]
    return TicketList(**page_of(rows, page))


@router.get("/v1/tickets/{ticket_id}", **allow("tickets.read"))
async def read(tx: Transaction, caller: Caller, ticket_id: UUID, response: Response) -> TicketDetail:
    """A ticket with all that was written; internal notes for the host alone."""
    return await _detail(tx, caller, ticket_id, response)


@router.post("/v1/tickets/{ticket_id}/messages", status_code=201, **allow("tickets.write"))
async def write(tx: Transaction, caller: Caller, ticket_id: UUID, body: NewMessage, response: Response) -> TicketDetail:
    """Answer, or note something for colleagues. An answer goes to the other side by mail, in the ticket's thread."""
    if body.is_internal and caller.customer_id is not None:
        raise Forbidden("Internal notes are the host's.", field="is_internal", remedy="leave it out")
    at = await business_now(tx, caller.organization_id)
    words = _words(body, caller, is_internal=body.is_internal)
    _, message_id, letters = await answer_ticket(tx, caller.organization_id, ticket_id, words, at=at)
    await post(tx, caller.organization_id, message_id, letters, at=at)
    return await _detail(tx, caller, ticket_id, response)


@router.patch("/v1/tickets/{ticket_id}", **allow("tickets.write"))
async def change(
    tx: Transaction, caller: Caller, ticket_id: UUID, body: TicketChange, version: IfMatch, response: Response
) -> TicketDetail:
    """Another state, priority, title or assignee."""
    changes = body.changes()
    if caller.customer_id is not None:
        _check_customers_change(changes)
    at = await business_now(tx, caller.organization_id)
    await change_ticket(tx, caller.organization_id, ticket_id, changes, version=version, at=at)
    return await _detail(tx, caller, ticket_id, response)


@router.post("/v1/ticket-mails", status_code=201, **allow("tickets.manage"))
async def take_mail(tx: Transaction, caller: Caller, body: RawMail) -> MailTaken:
    """Take a mail that came in: an answer to a ticket by its references or number, or a new ticket.

    Called by the host's mail server, which has checked the sender and says so in Authentication-Results. Only
    addresses of a customer's account, contacts and team are taken; a mail that was taken before is answered as it was.
    """
    at = await business_now(tx, caller.organization_id)
    raw = decoded(body.raw, "raw")
    ticket_id, message_id, letters = await receive_mail(tx, caller.organization_id, raw, at=at)
    await post(tx, caller.organization_id, message_id, letters, at=at)
    return MailTaken(ticket_id=ticket_id, message_id=message_id)


def _words(body: Written, caller: Principal, *, is_internal: bool = False) -> Words:
    side = Side.HOST if caller.customer_id is None else Side.CUSTOMER
    return Words(side, caller.subject, body.text, files_of(body.files), is_internal)


def _check_customers_change(changes: dict[str, Any]) -> None:
    beyond = sorted(set(changes) - {"title", "state"})
    if beyond:
        raise Forbidden("This is the host's to change.", field=beyond[0], remedy="leave it out")
    if changes.get("state") not in (None, State.OPEN, State.RESOLVED):
        raise Forbidden("This state is the host's to set.", field="state", remedy="open or resolved")


async def _detail(tx: Tx, caller: Principal, ticket_id: UUID, response: Response) -> TicketDetail:
    ticket, at = await tickets.get(tx, ticket_id), await business_now(tx, caller.organization_id)
    written = await tickets.messages(tx, ticket_id)
    ids = [m.id for m in written]
    files, refusals = await documents.of_messages(tx, ids), await mails.refusals(tx, ids)
    response.headers.update(etag(ticket.version))
    shown = TicketAnswer.of(ticket, caller, at).model_dump()
    return TicketDetail(**shown, messages=[MessageAnswer.of(m, files, refusals.get(m.id), caller) for m in written])
