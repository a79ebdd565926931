"""`/v1/webhooks`: addresses that are told what happens. `/v1/webhook-types`: what they may hear."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from common.auth import Principal
from common.db import Database
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from identity.api.webhook_schemas import (
    NewWebhook,
    SecretRotation,
    WebhookAnswer,
    WebhookChange,
    WebhookList,
    WebhookMade,
    WebhookType,
    WebhookTypeList,
)
from identity.domain.webhook import Webhook, WhyDisabled
from identity.domain.webhook_types import FOR_CUSTOMERS
from identity.gateways.sealing import Sealing
from identity.gateways.webhook_post import WebhookPost
from identity.store import webhooks
from identity.use_cases.keep_webhook import add_webhook, change_webhook, rotate_secret, secret_for
from identity.use_cases.webhook_catalogue import TOLD, example, names_for

router = new_router("webhooks")


class Filter(BaseModel):
    """Which webhooks; `type`: that hear of such an event, `q` is looked for in address and description."""

    customer_id: UUID | None = None
    is_enabled: bool | None = None
    type: str | None = Query(None, max_length=80)
    q: str | None = Query(None, min_length=1, max_length=100)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The parts behind these routes."""

    database: Database
    post: WebhookPost
    sealing: Sealing


async def _outgoing(request: Request) -> Outgoing:
    return request.app.state.webhooks  # type: ignore[no-any-return]


OurWebhooks = Annotated[Outgoing, Depends(_outgoing)]


def _request_of(request: Request, caller: Principal) -> str:
    """What recurs when a request is repeated: an answer with a secret in it is not kept for replay."""
    return f"{caller.organization_id}|{caller.subject}|{request.headers['Idempotency-Key']}"


@router.post("/v1/webhooks", status_code=201, **allow("webhooks.write", transaction=False))
async def add(
    caller: Caller, outgoing: OurWebhooks, request: Request, body: NewWebhook, response: Response
) -> WebhookMade:
    """Set one up; the secret is shown in this answer alone. A customer's people set up their own, for their events."""
    asked = _request_of(request, caller)
    webhook_id = UUID(bytes=hashlib.sha256(asked.encode()).digest()[:16])
    secret = secret_for(webhook_id, asked, outgoing.sealing)
    webhook = Webhook(
        webhook_id, body.url, tuple(body.types), secret.sealed, caller.customer_id, body.description, body.is_enabled,
        None if body.is_enabled else WhyDisabled.BY_HAND.value,
    )  # fmt: skip
    await outgoing.post.check(body.url)
    async with outgoing.database.transaction(caller.tenant) as tx:
        kept = await add_webhook(tx, caller.organization_id, webhook)
    response.headers.update(etag(kept.version))
    return WebhookMade.with_secret(kept, secret.plain)


@router.get("/v1/webhooks", **allow("webhooks.read"))
async def list_all(
    tx: Transaction, page: Annotated[Page, paged(webhooks.LISTING)], wanted: Annotated[Filter, Query()]
) -> WebhookList:
    """The host's and its customers', for a customer's people their own."""
    rows = [WebhookAnswer.of(one).model_dump() for one in await webhooks.page(tx, page, dict(wanted))]
    return WebhookList(**page_of(rows, page))


@router.get("/v1/webhooks/{webhook_id}", **allow("webhooks.read"))
async def read(tx: Transaction, webhook_id: UUID, response: Response) -> WebhookAnswer:
    """One of them."""
    webhook = await webhooks.get(tx, webhook_id)
    response.headers.update(etag(webhook.version))
    return WebhookAnswer.of(webhook)


@router.patch("/v1/webhooks/{webhook_id}", **allow("webhooks.write", transaction=False))
async def change(
    caller: Caller, outgoing: OurWebhooks, webhook_id: UUID, body: WebhookChange,
    version: IfMatch, response: Response,
) -> WebhookAnswer:  # fmt: skip
    """Change it, switch it off or on. Switched off, what waits for it is given up; on again, it can be replayed."""
    changes = body.changes()
    async with outgoing.database.transaction(caller.tenant) as tx:
        await webhooks.get(tx, webhook_id)
    if "url" in changes:
        await outgoing.post.check(changes["url"])
    async with outgoing.database.transaction(caller.tenant) as tx:
        after = await change_webhook(tx, webhook_id, changes, version=version)
    response.headers.update(etag(after.version))
    return WebhookAnswer.of(after)


@router.delete("/v1/webhooks/{webhook_id}", status_code=204, **allow("webhooks.write"))
async def remove(tx: Transaction, webhook_id: UUID) -> Response:
    """No more of it, and nothing left of what was on its way."""
    await webhooks.get(tx, webhook_id)
    await webhooks.remove(tx, webhook_id)
    return Response(status_code=204)


@router.post("/v1/webhooks/{webhook_id}/rotate-secret", **allow("webhooks.write", transaction=False))
async def rotate(
    caller: Caller, outgoing: OurWebhooks, request: Request, webhook_id: UUID,
    body: SecretRotation, response: Response,
) -> WebhookMade:  # fmt: skip
    """A fresh secret, shown in this answer alone; the former one signs beside it for a day, or as long as asked."""
    secret = secret_for(webhook_id, _request_of(request, caller), outgoing.sealing)
    overlap = timedelta(hours=body.overlap_hours)
    async with outgoing.database.transaction(caller.tenant) as tx:
        after = await rotate_secret(tx, webhook_id, secret, outgoing.sealing, overlap=overlap)
    response.headers.update(etag(after.version))
    return WebhookMade.with_secret(after, secret.plain)


@router.get("/v1/webhook-types", **allow("webhooks.read"))
async def list_types(caller: Caller) -> WebhookTypeList:
    """What a webhook may hear, in words and by example; a customer's people see what theirs may."""
    is_customer = caller.customer_id is not None
    shown = [
        WebhookType(
            type=name,
            description=" ".join((TOLD[name].__doc__ or "").split()),
            for_customers=name in FOR_CUSTOMERS,
            example=example(name, to_customer=is_customer),
        )
        for name in names_for(caller.customer_id)
    ]
    return WebhookTypeList(items=shown)
