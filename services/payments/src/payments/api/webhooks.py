"""`/hooks/stripe`: the processor's notices. Verified on the raw bytes, stored once, answered at once, handled later."""

from __future__ import annotations

from fastapi import Request, Response
from prometheus_client import Counter

from common import wakeups
from common.clock import wall_now
from common.db import SYSTEM, Database
from common.errors import RuleBroken
from common.http import PUBLIC, OwnDatabase, allow, new_router
from common.organizations import business_now
from payments.gateways.processor import BadNotice, Notice, PaymentProcessor
from payments.use_cases.hear_webhook import JOB, store_webhook

router = new_router("webhooks")
_MAX_BODY = 256 * 1024
RECEIVED = Counter("hostbook_payments_webhooks_total", "Webhooks by what was done with them", ["outcome"])


class NoticeRefused(RuleBroken):
    """Not a notice of the processor; what is wrong with it is not told."""

    code = "notice_refused"
    status = 400


@router.post("/hooks/stripe", **allow(PUBLIC, transaction=False))
async def hear_stripe(request: Request, database: OwnDatabase) -> Response:
    """A signed notice; repeating it changes nothing."""
    processor: PaymentProcessor = request.app.state.processor
    body = await request.body()
    try:
        if len(body) > _MAX_BODY:
            raise BadNotice("too long")
        notice = processor.notice(body, request.headers.get("stripe-signature", ""), wall_now())
    except (BadNotice, ValueError, KeyError) as bad:
        RECEIVED.labels("refused").inc()
        raise NoticeRefused("This is not a notice we accept.") from bad
    RECEIVED.labels(await _kept(database, processor.name, notice, body)).inc()
    return Response(status_code=200)


async def _kept(database: Database, processor: str, notice: Notice, body: bytes) -> str:
    """Stored and handed on in one transaction: what was answered with 200 will be handled."""
    async with database.transaction(SYSTEM) as tx:
        mine = await store_webhook(tx, processor, notice, body)
        if mine is None or not mine[1]:
            return "stored"
        organization_id, due = mine
        at = await business_now(tx, organization_id)
        for event_id in due:
            await wakeups.job(tx, organization_id, (JOB, event_id), at=at, payload={"event_id": event_id})
    return "handed on"
