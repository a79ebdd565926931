"""Attachments of contracts, and the reminders that were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx, new_id
from common.errors import NotFound
from contracts.domain.reminders import Reminder
from contracts.store.kept_tables import attachments, reminders

_SHOWN = [c for c in attachments.c if c.name != "content"]


async def attach(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    await tx.execute(insert(attachments).values(organization_id=organization_id, **row))


async def total_size(tx: Tx, contract_id: UUID) -> int:
    """How many bytes are attached to the contract."""
    query = select(func.coalesce(func.sum(attachments.c.size), 0)).where(attachments.c.contract_id == contract_id)
    return int((await tx.execute(query)).scalar_one())


async def of_contract(tx: Tx, contract_id: UUID, *, shared_only: bool) -> Sequence[Any]:
    """What is attached, without the contents; `shared_only` leaves out what only the host sees."""
    query = select(*_SHOWN).where(attachments.c.contract_id == contract_id).order_by(attachments.c.attachment_id)
    return (await tx.execute(query.where(~attachments.c.is_internal) if shared_only else query)).all()


async def attachment(tx: Tx, contract_id: UUID, attachment_id: UUID, *, shared_only: bool) -> Any:
    c = attachments.c
    query = select(attachments).where(c.attachment_id == attachment_id, c.contract_id == contract_id)
    row = (await tx.execute(query.where(~c.is_internal) if shared_only else query)).first()
    if row is None:
        raise NotFound(
            f"There is no attachment {attachment_id}.", field="attachment_id", remedy="one of this contract's"
        )
    return row


async def note_reminder(
    tx: Tx, organization_id: UUID, whose: tuple[UUID, UUID], reminder: Reminder, *, at: datetime
) -> UUID | None:
    """The id of a reminder that is told now; none where it was told before."""
    contract_id, customer_id = whose
    row = {
        "organization_id": organization_id,
        "reminder_id": new_id(),
        "contract_id": contract_id,
        "customer_id": customer_id,
        "about": reminder.about.value,
        "due_on": reminder.due_on,
        "days_before": reminder.days_before,
        "told_at": at,
    }
    added = await tx.execute(upsert(reminders).values(row).on_conflict_do_nothing().returning(reminders.c.reminder_id))
    made: UUID | None = added.scalar_one_or_none()
    return made


async def reminder(tx: Tx, reminder_id: UUID) -> Any:
    return (await tx.execute(select(reminders).where(reminders.c.reminder_id == reminder_id))).one()


async def reminders_told(tx: Tx, contract_id: UUID) -> Sequence[Any]:
    query = select(reminders).where(reminders.c.contract_id == contract_id).order_by(reminders.c.told_at)
    return (await tx.execute(query)).all()


async def note_mailed(tx: Tx, reminder_id: UUID, at: datetime | None, refused: str | None) -> None:
    found = reminders.c.reminder_id == reminder_id
    await tx.execute(update(reminders).where(found).values(mailed_at=at, mail_refused=refused))
