"""Mails that wait to be sent, in batches of one cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx, new_id
from customers.store.talk_tables import mails


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one address; without a customer it is for the host's staff.

    `answers_to` names the mails before it: a cause of ours, or a `<Message-ID>` that came. `page` is the path of the
    page where one reads on.
    """

    customer_id: UUID | None
    cause: str
    to: str
    subject: str
    text: str
    answers_to: tuple[str, ...] = ()
    page: str | None = None


async def add(tx: Tx, organization_id: UUID, batch_id: UUID, letters: Sequence[Letter]) -> None:
    rows = [
        {
            "organization_id": organization_id,
            "mail_id": new_id(),
            "batch_id": batch_id,
            "customer_id": one.customer_id,
            "cause": one.cause,
            "to_address": one.to,
            "subject": one.subject,
            "text": one.text,
            "answers_to": list(one.answers_to),
            "page": one.page,
        }
        for one in letters
    ]
    if rows:
        await tx.execute(insert(mails), rows)


async def unsent(tx: Tx, batch_id: UUID, limit: int) -> Sequence[Any]:
    m = mails.c
    waiting = m.batch_id == batch_id, m.sent_at.is_(None), m.refused_at.is_(None)
    return (await tx.execute(select(mails).where(*waiting).order_by(m.mail_id).limit(limit))).all()


async def note_sent(tx: Tx, mail_id: UUID, at: datetime) -> None:
    await tx.execute(update(mails).where(mails.c.mail_id == mail_id).values(sent_at=at))


async def note_refused(tx: Tx, mail_id: UUID, refusal: str, at: datetime) -> None:
    """The server will never take it: it is not tried again."""
    await tx.execute(update(mails).where(mails.c.mail_id == mail_id).values(refused_at=at, refusal=refusal))


async def fate_by_customer(tx: Tx, batch_id: UUID) -> dict[UUID, dict[str, Any]]:
    """When each customer's mail of a batch went out, or why it never will."""
    m = mails.c
    query = select(m.customer_id, m.sent_at.label("mailed_at"), m.refused_at, m.refusal).where(m.batch_id == batch_id)
    names = ("mailed_at", "refused_at", "refusal")
    return {row.customer_id: {n: row._mapping[n] for n in names} for row in await tx.execute(query)}


async def refusals(tx: Tx, batch_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By what they were about, the mails that the server refused for good, and what it said."""
    query = select(mails.c.batch_id, mails.c.refusal).where(mails.c.batch_id.in_(batch_ids))
    return {row.batch_id: row.refusal for row in await tx.execute(query.where(mails.c.refusal.is_not(None)))}
