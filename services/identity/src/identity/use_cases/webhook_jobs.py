"""What falls due for webhooks: a delivery's next attempt, and the end of a day after which old deliveries go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common.db import Tx
from identity.store import hosts, webhook_covers, webhook_deliveries, webhooks
from identity.use_cases.keep_webhook import plan_forgetting


async def send_due(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """The job `send_webhooks`: the sender is to look at the webhook."""
    await webhook_covers.cover(tx, organization_id, UUID(payload["webhook_id"]), at=due_at)


class ForgetDeliveries:
    """The job `forget_webhook_deliveries`, once a day for each webhook for as long as there is one."""

    def __init__(self) -> None:
        self._kept = timedelta(days=30)

    def bind(self, kept: timedelta) -> None:
        """How long deliveries are kept once they are over."""
        self._kept = kept

    async def forget(self, tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
        webhook = await webhooks.find(tx, UUID(payload["webhook_id"]))
        if webhook is None:
            return
        await webhook_deliveries.forget(tx, webhook.id, due_at - self._kept)
        host = await hosts.get(tx, organization_id)
        await plan_forgetting(tx, organization_id, webhook.id, host.timezone, at=due_at)
