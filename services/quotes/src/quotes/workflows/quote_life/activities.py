"""The quote workflow's activities: short, and harmless when repeated."""

from __future__ import annotations

from uuid import UUID

from temporalio import activity

from common.clock import wall_now
from common.db import Database
from common.mail import Mailer, MailRefused
from common.organizations import organization
from quotes.store import quotes
from quotes.use_cases.expire_quote import expire_quote
from quotes.use_cases.write_mail import write_mail
from quotes.workflows.quote_life.orders import Subject


class QuoteLifeActivities:
    """A mail goes out before it is noted: twice rather than never, and known by its Message-ID."""

    def __init__(self, database: Database, mailer: Mailer) -> None:
        self._database, self._mailer = database, mailer

    @activity.defn(name="mail_quote")
    async def mail_quote(self, subject: Subject) -> None:
        organization_id, quote_id = UUID(subject.organization_id), UUID(subject.quote_id)
        async with self._database.of(organization_id) as tx:
            if await quotes.is_mailed(tx, quote_id):
                return
            mail = write_mail(await quotes.get(tx, quote_id), await organization(tx, organization_id))
        refused = None
        try:
            await self._mailer.send(mail)
        except MailRefused as refusal:
            refused = str(refusal)
        async with self._database.of(organization_id) as tx:
            await quotes.note_mailed(tx, quote_id, wall_now(), refused)

    @activity.defn(name="expire_quote")
    async def expire_quote(self, subject: Subject) -> None:
        async with self._database.of(UUID(subject.organization_id)) as tx:
            await expire_quote(tx, UUID(subject.quote_id))
