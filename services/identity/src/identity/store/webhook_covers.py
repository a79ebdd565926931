"""Work that lies outside any transaction is covered by an open wakeup: while it stands, the organization is not idle.

The covers are the sender's list of work too: one or more for each webhook that has something to be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from common import wakeups
from common.db import Tx, new_id

CHANNEL, SEND = "webhooks", "send_webhooks"
_COVER = text("""
    insert into wakeups (id, organization_id, kind, target, target_id, payload, due_at, state)
    values (:id, :organization, 'job', 'send_webhooks', :webhook, '{}', :at, 'sent')
""")
_COVERED = text("""
    select organization_id, target_id from wakeups where target = 'send_webhooks' and state = 'sent'
    group by organization_id, target_id order by min(due_at)
""")
_OF = text("select id from wakeups where target = 'send_webhooks' and state = 'sent' and target_id = :webhook")
_UNCOVER = text("delete from wakeups where id = any(:ids)")
_IS_CALLED = text("""
    select exists (select from wakeups where organization_id = :organization and target = 'send_webhooks'
        and target_id = :webhook and state = 'waiting' and due_at <= :at)
""")
_NOTIFY = text("select pg_notify(:channel, '')")


async def cover(tx: Tx, organization_id: UUID, webhook_id: UUID, *, at: datetime) -> None:
    """Have the sender look at the webhook, once this transaction is there."""
    about = {"id": new_id(), "organization": organization_id, "webhook": str(webhook_id), "at": at}
    await tx.execute(_COVER, about)
    await tx.execute(_NOTIFY, {"channel": CHANNEL})


async def covered(tx: Tx) -> Sequence[tuple[UUID, UUID]]:
    """Organization and id of each webhook that is to be looked at, whoever waited longest first; asked as SYSTEM."""
    return [(row[0], UUID(row[1])) for row in await tx.execute(_COVERED)]


async def covers(tx: Tx, webhook_id: UUID) -> Sequence[UUID]:
    return list((await tx.execute(_OF, {"webhook": str(webhook_id)})).scalars())


async def uncover(
    tx: Tx, organization_id: UUID, webhook_id: UUID, ids: Sequence[UUID], next_at: datetime | None
) -> None:
    """Nothing is to be sent any more; `next_at` is when the first of what waits falls due."""
    await tx.execute(_UNCOVER, {"ids": list(ids)})
    about = {"organization": organization_id, "webhook": str(webhook_id), "at": next_at}
    if next_at is not None and not (await tx.execute(_IS_CALLED, about)).scalar():
        payload = {"webhook_id": str(webhook_id)}
        await wakeups.job(tx, organization_id, (SEND, str(webhook_id)), at=next_at, payload=payload)
