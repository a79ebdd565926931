"""What falls due: the instants of announcements, of a ticket's promises, and of mails of alerts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from customers.use_cases.mail_alerts import mail_alerts
from customers.use_cases.send_announcement import send_announcement
from customers.workflows.post.client import post


async def publish_announcement(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    announcement_id = UUID(payload["announcement_id"])
    letters = await send_announcement(tx, organization_id, announcement_id, at=due_at)
    await post(tx, organization_id, announcement_id, letters, at=due_at)


async def mail_of_alerts(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    recipient_id, is_second, batch_id = UUID(payload["recipient_id"]), payload["is_second"], new_id()
    letters = await mail_alerts(tx, organization_id, recipient_id, batch_id, due_at=due_at, is_second=is_second)
    await post(tx, organization_id, batch_id, letters, at=due_at)
