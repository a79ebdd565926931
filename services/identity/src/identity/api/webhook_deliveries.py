"""`/v1/webhooks/{id}/deliveries`: what was told, what became of it, and once more from the beginning."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.http import Caller, Transaction, allow, new_router
from common.listing import Instant, Page, page_of, paged
from identity.api.webhook_schemas import DeliveryAnswer, DeliveryList, SampleAsked
from identity.domain.webhook_retries import DeliveryState
from identity.store import webhook_deliveries, webhooks
from identity.use_cases.tell_webhooks import replay, send_sample

router = new_router("webhooks")


class Filter(BaseModel):
    """Which deliveries, by business time: those that wait, arrived, or were given up."""

    state: list[DeliveryState] | None = Query(None, max_length=5)
    type: str | None = Query(None, max_length=80)
    event_id: UUID | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None


@router.post("/v1/webhooks/{webhook_id}/test", status_code=202, **allow("webhooks.write"))
async def send_test(tx: Transaction, caller: Caller, webhook_id: UUID, body: SampleAsked) -> DeliveryAnswer:
    """Send a made-up event, marked with `is_test`; what became of it is among the deliveries a moment later."""
    sent = await send_sample(tx, caller.organization_id, webhook_id, body.type)
    return DeliveryAnswer.of(sent, await webhooks.get(tx, webhook_id))


@router.get("/v1/webhooks/{webhook_id}/deliveries", **allow("webhooks.read"))
async def list_deliveries(
    tx: Transaction,
    page: Annotated[Page, paged(webhook_deliveries.LISTING)],
    webhook_id: UUID,
    wanted: Annotated[Filter, Query()],
) -> DeliveryList:
    """Usually the newest first; those that are over are kept for a month."""
    webhook = await webhooks.get(tx, webhook_id)
    found = await webhook_deliveries.page(tx, webhook_id, page, dict(wanted))
    rows = [DeliveryAnswer.of(one, webhook).model_dump() for one in found]
    return DeliveryList(**page_of(rows, page))


@router.post("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202, **allow("webhooks.write"))
async def replay_delivery(tx: Transaction, caller: Caller, webhook_id: UUID, delivery_id: UUID) -> DeliveryAnswer:
    """Send it again at once, under the same id, with all its attempts before it; also where it arrived already."""
    again = await replay(tx, caller.organization_id, webhook_id, delivery_id)
    return DeliveryAnswer.of(again, await webhooks.get(tx, webhook_id))
