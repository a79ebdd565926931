"""A mail that came in: an answer to a ticket, or a new one; only from an address that the host knows (CM-31)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.errors import RuleBroken
from customers.domain.files import File, checked_file
from customers.domain.mail_thread import InboundMail, read_mail
from customers.domain.sender_check import check_sender
from customers.domain.ticket import Priority, Side, State, Subject
from customers.store import customers, desk, people, tickets
from customers.store.mails import Letter
from customers.use_cases.write_ticket import Opening, Words, answer_ticket, open_ticket

_HEX = "[0-9a-f]"
_OURS = re.compile(rf"^<ticket-({_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}})@")
MOST_FILES = 5


class UnknownSender(RuleBroken):
    """Nobody whom the host knows sent this, or it is not clear for whom."""

    code = "unknown_sender"


async def receive_mail(tx: Tx, organization_id: UUID, raw: bytes, *, at: datetime) -> tuple[UUID, UUID, list[Letter]]:
    """Answers the ticket, the message and the mails that follow; a mail that came before is not taken twice."""
    mail = read_mail(raw)
    trusted = (await desk.read(tx)).mail_authserv_id
    if trusted is not None:
        check_sender(mail.sender, mail.results, trusted)
    known = await tickets.message_of_mail(tx, mail.message_id)
    if known is not None:
        return *known, []
    senders = await customers.ids_of_address(tx, mail.sender) | await people.customers_of_person(tx, mail.sender)
    words = _words(mail)
    ticket_id = await _ticket_of(tx, mail)
    if ticket_id is not None:
        ticket = await tickets.get(tx, ticket_id)
        if ticket.customer_id not in senders:
            raise UnknownSender(f"{mail.sender} is not of {ticket.number}'s customer.", field="raw", remedy=_REMEDY)
        if ticket.state is not State.CLOSED:
            after, message_id, letters = await answer_ticket(tx, organization_id, ticket_id, words, at=at)
            return after.id, message_id, letters
    if len(senders) != 1:
        who = "nobody" if not senders else "several customers"
        raise UnknownSender(f"{mail.sender} belongs to {who}.", field="raw", remedy=_REMEDY)
    opening = Opening(senders.pop(), mail.title, Priority.NORMAL, Subject(), mail.sender)
    opened, message_id, letters = await open_ticket(tx, organization_id, opening, words, at=at)
    return opened.id, message_id, letters


_REMEDY = "the address of one customer's account, contact or team member"


async def _ticket_of(tx: Tx, mail: InboundMail) -> UUID | None:
    """By reference first; by the number in the subject where a program dropped the references."""
    ours = [UUID(our.group(1)) for one in mail.answers_to if (our := _OURS.match(one))]
    found = await tickets.ticket_of_mail(tx, mail.answers_to, ours)
    if found is None and mail.ticket_number is not None:
        found = await tickets.ticket_of_number(tx, mail.ticket_number)
    return found


def _words(mail: InboundMail) -> Words:
    """What cannot be kept is named in the text, so that nobody waits for it in vain."""
    files, text = list[File](), mail.text
    for name, content in mail.files:
        try:
            if len(files) == MOST_FILES:
                raise UnknownSender(f"there are more than {MOST_FILES} attachments.")
            files.append(checked_file(name, content, field="raw"))
        except RuleBroken as refused:
            text += f"\n[The attachment {name} was not kept: {refused.message}]"
    return Words(Side.CUSTOMER, mail.sender, text[:50_000], files, mail_id=mail.message_id)
