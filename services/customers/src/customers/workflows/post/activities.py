"""The post's activity: a mail goes out before it is noted, twice rather than never, and known by its Message-ID."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from temporalio import activity

from common.clock import wall_now
from common.db import Database
from common.mail import Mail, Mailer
from customers.store import mails
from customers.workflows.post.orders import Batch

AT_ONCE = 50


class PostActivities:
    """`domain` is that of the host's sender, under which Message-IDs of ours are made."""

    def __init__(self, database: Database, mailer: Mailer, domain: str) -> None:
        self._database, self._mailer, self._domain = database, mailer, domain

    @activity.defn(name="send_mails")
    async def send_mails(self, batch: Batch) -> int:
        """Sends some of the batch; answers whether there may be more."""
        organization_id = UUID(batch.organization_id)
        async with self._database.of(organization_id) as tx:
            waiting = await mails.unsent(tx, UUID(batch.batch_id), AT_ONCE)
        for row in waiting:
            await self._mailer.send(self._mail(row))
            async with self._database.of(organization_id) as tx:
                await mails.note_sent(tx, row.mail_id, wall_now())
        return int(len(waiting) == AT_ONCE)

    def _mail(self, row: Any) -> Mail:
        ids = [one if one.startswith("<") else f"<{one}@{self._domain}>" for one in row.answers_to]
        thread = (("In-Reply-To", ids[-1]), ("References", " ".join(ids))) if ids else ()
        return Mail(row.cause, row.to_address, row.subject, row.text, headers=thread)
