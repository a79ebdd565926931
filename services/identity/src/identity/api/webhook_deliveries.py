"""`/v1/webhooks/{id}/deliveries`: what was told, what became of it, and once more from the beginning."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from common.errors import RuleBroken
from common.http import Caller, Paged, Transaction, allow, new_router, page_of
from identity.api.webhook_schemas import DeliveryAnswer, DeliveryList, TestSend
from identity.domain.webhook_retries import State
from identity.store import webhook_deliveries, webhooks
from identity.use_cases.tell_webhooks import replay, send_sample

router = new_router("webhooks")
Filter = Annotated[State | None, Query(description="Only those that wait, arrived, or were given up.")]


@router.post("/v1/webhooks/{webhook_id}/test", status_code=202, **allow("webhooks.write"))
async def send_test(tx: Transaction, caller: Caller, webhook_id: UUID, body: TestSend) -> DeliveryAnswer:
    """Send a made-up event, marked with `is_test`; what became of it is among the deliveries a moment later."""
    sent = await send_sample(tx, caller.organization_id, webhook_id, body.type)
    return DeliveryAnswer.of(sent, await webhooks.get(tx, webhook_id))


@router.get("/v1/webhooks/{webhook_id}/deliveries", **allow("webhooks.read"))
async def list_deliveries(tx: Transaction, page: Paged, webhook_id: UUID, state: Filter = None) -> DeliveryList:
    """The newest first; those that are over are kept for a month."""
    webhook = await webhooks.get(tx, webhook_id)
    try:
        found = await webhook_deliveries.before(tx, webhook_id, page.after, page.limit, state=state)
    except ValueError as error:
        raise RuleBroken("This cursor is another list's.", field="after", remedy="send `next` as it came") from error
    rows = [DeliveryAnswer.of(one, webhook).model_dump() for one in found]
    return DeliveryList(**page_of(rows, page))


@router.post("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202, **allow("webhooks.write"))
async def replay_delivery(tx: Transaction, caller: Caller, webhook_id: UUID, delivery_id: UUID) -> DeliveryAnswer:
    """Send it again at once, under the same id, with all its attempts before it; also where it arrived already."""
    again = await replay(tx, caller.organization_id, webhook_id, delivery_id)
    return DeliveryAnswer.of(again, await webhooks.get(tx, webhook_id))
