"""Keep what webhooks are to be told: a fact as it comes from the bus, a sample of one, or an earlier one again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from common.errors import Conflict
from events.envelope import Envelope, Event
from identity.domain.webhook import Webhook
from identity.domain.webhook_types import BadTypes, matches, public_type
from identity.store import customers, hosts, webhook_covers, webhook_deliveries, webhooks
from identity.store.webhook_deliveries import Delivery
from identity.use_cases.webhook_catalogue import Fact, example, names_for


async def tell_webhooks(tx: Tx, event: Event, envelope: Envelope) -> None:
    """A delivery for each webhook that wants the fact; sent once this transaction is there.

    A customer whose people may not sign in (any more) is told nothing either.
    """
    organization_id, name = envelope.organization_id, public_type(event.KIND.type)
    listening = await webhooks.listening(tx)
    if not listening or name is None:
        return
    fact = Fact(name, envelope.time, event.model_dump(mode="json"))
    for webhook in listening:
        if not webhook.wants(name, fact.customer_id, for_customers=fact.for_customers):
            continue
        if webhook.customer_id is None or await customers.is_open(tx, webhook.customer_id):
            next_at = max(envelope.time, webhook.resting_until_at or envelope.time)
            await _keep(tx, organization_id, webhook, (envelope.id, fact), next_at)


async def _keep(
    tx: Tx,
    organization_id: UUID,
    webhook: Webhook,
    told: tuple[UUID, Fact],
    at: datetime,
    *,
    is_test: bool = False,
) -> Delivery:
    event_id, fact = told
    payload = fact.payload(to_customer=webhook.customer_id is not None, is_test=is_test)
    delivery = Delivery(
        new_id(), webhook.id, event_id, fact.name, payload, created_at=fact.at, next_at=at,
        customer_id=webhook.customer_id,
    )  # fmt: skip
    if await webhook_deliveries.add(tx, organization_id, delivery):
        await webhook_covers.cover(tx, organization_id, webhook.id, at=at)
    return delivery


async def send_sample(tx: Tx, organization_id: UUID, webhook_id: UUID, name: str | None) -> Delivery:
    """A made-up fact of a type that the webhook hears, marked as a test, sent at once."""
    webhook = await _enabled(tx, webhook_id)
    heard = [one for one in names_for(webhook.customer_id) if matches(webhook.types, one)]
    if name is not None and name not in heard:
        raise BadTypes(f"The webhook does not hear {name[:60]!r}.", field="type", remedy=", ".join(heard[:10]))
    at = await hosts.now_at(tx, organization_id)
    chosen = name or heard[0]
    body: dict[str, Any] = example(chosen, to_customer=webhook.customer_id is not None)
    told = (new_id(), Fact(chosen, at, body))
    return await _keep(tx, organization_id, webhook, told, at, is_test=True)


async def replay(tx: Tx, organization_id: UUID, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """The same message under the same id, from its first attempt on; at once also where it still waits."""
    await _enabled(tx, webhook_id)
    await webhook_deliveries.get(tx, webhook_id, delivery_id)
    at = await hosts.now_at(tx, organization_id)
    await webhook_deliveries.again(tx, delivery_id, now_at=at)
    await webhook_covers.cover(tx, organization_id, webhook_id, at=at)
    return await webhook_deliveries.get(tx, webhook_id, delivery_id)


async def _enabled(tx: Tx, webhook_id: UUID) -> Webhook:
    webhook = await webhooks.get(tx, webhook_id)
    if not webhook.is_enabled:
        raise Conflict("The webhook is switched off.", field="webhook_id", remedy="PATCH it with is_enabled first")
    return webhook
