"""What falls due: the instants of announcements and of a ticket's promises."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from customers.use_cases.send_announcement import send_announcement
from customers.workflows.post.client import post


async def publish_announcement(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    announcement_id = UUID(payload["announcement_id"])
    letters = await send_announcement(tx, organization_id, announcement_id, at=due_at)
    await post(tx, organization_id, announcement_id, letters, at=due_at)
