"""The reminder's one activity."""

from uuid import UUID

from temporalio import activity

from common.db import Database
from common.mail import Mailer, MailRefused
from contracts.store import papers
from contracts.use_cases.write_reminder import write_reminder
from contracts.workflows.reminder_mail.orders import ReminderOrder


class ReminderMailActivities:
    """A mail goes out before it is noted: twice rather than never, and known by its Message-ID."""

    def __init__(self, database: Database, mailer: Mailer) -> None:
        self._database, self._mailer = database, mailer

    @activity.defn(name="mail_reminder")
    async def mail_reminder(self, order: ReminderOrder) -> None:
        organization_id, reminder_id = UUID(order.organization_id), UUID(order.reminder_id)
        async with self._database.of(organization_id) as tx:
            mail = await write_reminder(tx, organization_id, reminder_id)
        if mail is None:
            return
        refused = None
        try:
            await self._mailer.send(mail)
        except MailRefused as refusal:
            refused = str(refusal)
        async with self._database.of(organization_id) as tx:
            await papers.note_mailed(tx, reminder_id, None if refused else order.at, refused)
