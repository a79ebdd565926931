"""How the term of a contract has its reminders mailed, apart from itself: no mail server holds up an end."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "ReminderMail"


def workflow_id(reminder_id: UUID) -> str:
    """One workflow per reminder."""
    return f"contract-reminder/{reminder_id}"


async def begin(tx: Tx, organization_id: UUID, reminder_id: UUID, *, at: datetime) -> None:
    target = (WORKFLOW, workflow_id(reminder_id))
    args = {"reminder_id": str(reminder_id)}
    await wakeups.start(tx, organization_id, target, at=at, reason="reminded", args=args)
