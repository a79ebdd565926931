"""Has everything settled? Each service answers for itself: unpublished events, unread events, unfinished due work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from common.db import SYSTEM, Database, sql
from common.kafka import Consumer
from common.wakeups import Dispatcher

_COUNTS = sql("settlement")


class Settlement(BaseModel):
    """A service's answer. Settled: nothing unpublished, unread or open, and the same `activity` at two looks."""

    service: str
    clock_at: datetime | None
    unpublished: int
    consumer_lag: int
    open_wakeups: int
    dead_letters: int
    next_due_at: datetime | None
    activity: int
    stuck: str | None

    @property
    def is_idle(self) -> bool:
        return self.unpublished == 0 and self.consumer_lag == 0 and self.open_wakeups == 0


async def settlement(
    service: str, database: Database, consumer: Consumer | None, dispatcher: Dispatcher | None,
    organization_id: UUID | None,
) -> Settlement:  # fmt: skip
    """How much is still under way here, for an organization where one is named."""
    lag = await consumer.lag() if consumer is not None else 0
    async with database.transaction(SYSTEM) as tx:
        row: Any = (await tx.execute(_COUNTS, {"organization": organization_id})).one()
    activity = row.written + (consumer.handled if consumer else 0) + (dispatcher.finished if dispatcher else 0)
    return Settlement(service=service, consumer_lag=lag, activity=activity, **row._mapping)
