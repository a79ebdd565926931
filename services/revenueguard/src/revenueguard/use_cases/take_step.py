"""Take one step of the dunning policy against a customer; taken once, however often it is asked for."""

from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from common.outbox import publish
from events.revenueguard import ReminderSent
from revenueguard.domain.dunning_policy import Action, Step, default_reason
from revenueguard.store import debts
from revenueguard.use_cases.put_in_default import put_in_default


async def take_step(
    tx: Tx, organization_id: UUID, customer_id: UUID, step: Step, *, mail_refused: str | None = None, at: datetime
) -> None:
    """The mail of a reminder was sent, or refused for good, before; this records it. A default is declared here."""
    owed = await debts.overdue(tx, customer_id)
    if not owed:
        return
    await debts.open_delinquency(tx, organization_id, customer_id, at)
    before = await debts.delinquency(tx, customer_id)
    if before is not None and step.name in before.steps_done:
        return
    await debts.note_step(tx, customer_id, step.name)
    if step.action is Action.DEFAULT:
        today = local_day(at, (await organization(tx, organization_id)).timezone)
        reason = default_reason([d.number for d in owed], owed[0].due_on, today)
        await put_in_default(tx, organization_id, customer_id, reason, at=at)
        return
    event = ReminderSent(
        customer_id=customer_id,
        step=step.name,
        invoice_ids=[d.invoice_id for d in owed],
        mail_refused=mail_refused,
    )
    await publish(tx, organization_id, event, at=at, source="revenueguard")
