"""The delinquency workflow's activities: short, and harmless when repeated."""

from __future__ import annotations

from uuid import UUID

from temporalio import activity

from common.db import Database
from common.errors import Unavailable
from common.mail import Mail, Mailer, MailRefused
from common.organizations import organization
from revenueguard.domain.dunning_policy import Action, Standing
from revenueguard.store import debts, mails
from revenueguard.use_cases.clear_paid import clear_paid
from revenueguard.use_cases.read_standing import read_standing
from revenueguard.use_cases.take_step import take_step
from revenueguard.use_cases.write_reminder import write_reminder
from revenueguard.workflows.delinquency.orders import Subject, Taking


class DelinquencyActivities:
    """Thin calls of use cases; a reminder's mail is sent before it is recorded, and known by its Message-ID."""

    def __init__(self, database: Database, mailer: Mailer) -> None:
        self._database, self._mailer = database, mailer

    @activity.defn(name="read_standing")
    async def read_standing(self, subject: Subject) -> Standing:
        async with self._database.of(UUID(subject.organization_id)) as tx:
            return await read_standing(tx, UUID(subject.organization_id), UUID(subject.customer_id))

    @activity.defn(name="take_step")
    async def take_step(self, taking: Taking) -> None:
        assert taking.step is not None
        refused = await self._remind(taking) if taking.step.action is Action.REMIND else None
        organization_id, customer_id = UUID(taking.organization_id), UUID(taking.customer_id)
        async with self._database.of(organization_id) as tx:
            await take_step(tx, organization_id, customer_id, taking.step, mail_refused=refused, at=taking.at)

    @activity.defn(name="clear_paid")
    async def clear_paid(self, taking: Taking) -> None:
        organization_id = UUID(taking.organization_id)
        async with self._database.of(organization_id) as tx:
            await clear_paid(tx, organization_id, UUID(taking.customer_id), at=taking.at)

    async def _remind(self, taking: Taking) -> str | None:
        """Why the mail will never be taken, if it will not; the step is taken all the same."""
        assert taking.step is not None
        organization_id, customer_id = UUID(taking.organization_id), UUID(taking.customer_id)
        cause = f"reminder-{taking.step.name}-{customer_id}-{taking.at:%Y%m%d}"
        async with self._database.of(organization_id) as tx:
            owed = await debts.overdue(tx, customer_id)
            to = await debts.addressee(tx, customer_id)
            host = (await organization(tx, organization_id)).name
            before = await mails.fate(tx, cause)
            if not owed or before is not None:
                return before.refused if before is not None else None
        if to is None:
            raise Unavailable("The customer's address has not arrived yet.")
        refused = await self._send(write_reminder(taking.step.name, to, owed, host, cause))
        async with self._database.of(organization_id) as tx:
            await mails.note(tx, organization_id, customer_id, cause, refused)
        return refused

    async def _send(self, mail: Mail) -> str | None:
        try:
            await self._mailer.send(mail)
        except MailRefused as refusal:
            return str(refusal)
        return None
