"""Mails that wait to be sent, in batches of one cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from common.db import Tx, new_id
from customers.store.talk_tables import mails


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one address. `answers_to` names the mails before it: a cause of ours, or a `<Message-ID>` that came."""

    customer_id: UUID
    cause: str
    to: str
    subject: str
    text: str
    answers_to: tuple[str, ...] = ()


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
        }
        for one in letters
    ]
    if rows:
        await tx.execute(insert(mails), rows)


async def unsent(tx: Tx, batch_id: UUID, limit: int) -> Sequence[Any]:
    m = mails.c
    query = select(mails).where(m.batch_id == batch_id, m.sent_at.is_(None)).order_by(m.mail_id).limit(limit)
    return (await tx.execute(query)).all()


async def note_sent(tx: Tx, mail_id: UUID, at: datetime) -> None:
    await tx.execute(update(mails).where(mails.c.mail_id == mail_id).values(sent_at=at))


async def sent_by_customer(tx: Tx, batch_id: UUID) -> dict[UUID, datetime]:
    """When each customer's mail of a batch went out."""
    m = mails.c
    query = select(m.customer_id, func.max(m.sent_at)).where(m.batch_id == batch_id, m.sent_at.is_not(None))
    return {row[0]: row[1] for row in await tx.execute(query.group_by(m.customer_id))}
