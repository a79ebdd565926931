"""The post's activity: a mail goes out before it is noted, twice rather than never, and known by its Message-ID."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prometheus_client import Counter
from temporalio import activity

from common import telemetry
from common.clock import wall_now
from common.db import Database
from common.errors import Unavailable
from common.mail import Mail, Mailer, MailRefused
from customers.store import mails
from customers.use_cases.refuse_mail import refuse_mail
from customers.workflows.post.orders import Batch

AT_ONCE, MOST_AWAY = 50, 3
REFUSED = Counter("hostbook_customers_refused_mails_total", "Mails that the server refused for good")


class PostActivities:
    """`domain` is that of the host's sender, under which Message-IDs of ours are made; `public_url` is our pages'."""

    def __init__(self, database: Database, mailer: Mailer, domain: str, public_url: str) -> None:
        self._database, self._mailer, self._domain, self._public_url = database, mailer, domain, public_url

    @activity.defn(name="send_mails")
    async def send_mails(self, batch: Batch) -> int:
        """Sends some of the batch; answers whether there may be more.

        What the server refuses for good is noted, and not tried again; what it does not take now waits, without
        holding up those behind it, unless the server is away altogether.
        """
        organization_id, away = UUID(batch.organization_id), list[Unavailable]()
        async with self._database.of(organization_id) as tx:
            waiting = await mails.unsent(tx, UUID(batch.batch_id), AT_ONCE)
        for row in waiting:
            try:
                await self._carry(organization_id, row)
            except Unavailable as error:
                away.append(error)
                if len(away) >= MOST_AWAY:
                    raise
        if away:
            raise away[0]
        return int(len(waiting) == AT_ONCE)

    async def _carry(self, organization_id: UUID, row: Any) -> None:
        try:
            await self._mailer.send(self._mail(row))
        except MailRefused as error:
            REFUSED.inc()
            telemetry.log().warning("mail refused for good", customer_id=str(row.customer_id or ""))
            async with self._database.of(organization_id) as tx:
                await refuse_mail(tx, organization_id, row, str(error)[:300], at=wall_now())
            return
        async with self._database.of(organization_id) as tx:
            await mails.note_sent(tx, row.mail_id, wall_now())

    def _mail(self, row: Any) -> Mail:
        ids = [one if one.startswith("<") else f"<{one}@{self._domain}>" for one in row.answers_to]
        thread = (("In-Reply-To", ids[-1]), ("References", " ".join(ids))) if ids else ()
        where = f"\nAll of it: {self._public_url}{row.page}\n" if row.page else ""
        return Mail(row.cause, row.to_address, row.subject, row.text + where, headers=thread)
