"""The two transactions around an attempt: what is due is written down first, what was answered afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.clock import wall_now
from common.db import Tx
from identity.domain.host import Host
from identity.domain.webhook import Webhook
from identity.domain.webhook_letters import webhook_disabled
from identity.domain.webhook_retries import Attempted, Verdict, judged
from identity.gateways.sealing import Sealing
from identity.gateways.webhook_post import Answer
from identity.store import hosts, webhook_covers, webhook_deliveries, webhooks
from identity.store.webhook_deliveries import Delivery
from identity.use_cases.keep_webhook import opened
from identity.use_cases.post_mail import post_mail

SIDE_BY_SIDE = 8
_GIVEN_UP = "The webhook was switched off before this was tried."


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes out now, side by side, signed with each of the secrets."""

    webhook: Webhook
    secrets: Sequence[bytes]
    deliveries: Sequence[Delivery]


async def begin_batch(tx: Tx, organization_id: UUID, webhook_id: UUID, sealing: Sealing) -> Batch | None:
    """What is due for the webhook, its attempts written down; None, and no cover any more, when nothing is."""
    covers = await webhook_covers.covers(tx, webhook_id)
    webhook = await webhooks.find(tx, webhook_id)
    next_at = None
    if webhook is not None and webhook.is_enabled:
        now_at, real_at = await hosts.now_at(tx, organization_id), wall_now()
        due = await webhook_deliveries.begin(tx, webhook_id, now_at=now_at, attempted_at=real_at, most=SIDE_BY_SIDE)
        if due:
            return Batch(webhook, opened(webhook, sealing, now_at=real_at), due)
        next_at = await webhook_deliveries.next_at(tx, webhook_id)
    await webhook_covers.uncover(tx, organization_id, webhook_id, covers, next_at)
    return None


async def conclude_batch(
    tx: Tx, organization_id: UUID, batch: Batch, answers: Mapping[UUID, Answer], sealing: Sealing
) -> Sequence[Verdict]:
    """Keep what was answered; answers what becomes of each delivery."""
    before = await webhooks.find(tx, batch.webhook.id, for_change=True)
    if before is None:
        return ()
    host = await hosts.get(tx, organization_id)
    at = host.clock_at or wall_now()
    said = [(one, answers[one.id]) for one in batch.deliveries]
    attempted = [Attempted(one.id, one.attempts, answer.status, answer.asked) for one, answer in said]
    after, verdicts = judged(before, attempted, at=at)
    for verdict in verdicts:
        await webhook_deliveries.conclude(tx, verdict, _said(answers[verdict.delivery_id]))
    if after.resting_until_at is not None:
        await webhook_deliveries.rest(tx, after.id, after.resting_until_at)
    if after != before:
        await webhooks.note(tx, after)
    if before.is_enabled and not after.is_enabled:
        await webhook_deliveries.give_up(tx, after.id, _GIVEN_UP)
        last = next(answer.error for answer in answers.values() if answer.error)
        await _write(tx, host, after, str(last), sealing)
    return verdicts


def _said(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "error": answer.error, "response": answer.text or None}


async def _write(tx: Tx, host: Host, webhook: Webhook, last: str, sealing: Sealing) -> None:
    """To the billing address of the host, else to its owner; about a customer's webhook, to the customer's owners."""
    own = [host.billing_email] if host.billing_email and webhook.customer_id is None else None
    now_at: datetime = wall_now()
    for to in own or await webhooks.addressees(tx, webhook.customer_id):
        await post_mail(tx, host.id, webhook_disabled(to, host, webhook, last), sealing, now_at=now_at)
