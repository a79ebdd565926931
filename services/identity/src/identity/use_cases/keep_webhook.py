"""Set up webhooks, change them, give them fresh secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.clock import day_end, local_day, wall_now
from common.db import Tx
from common.errors import Conflict
from common.http import Stale
from identity.domain.sealed import webhook_secret
from identity.domain.webhook import MOST_WEBHOOKS, Webhook, WhyDisabled
from identity.domain.webhook_types import checked_types
from identity.gateways.sealing import Sealing
from identity.store import hosts, webhook_deliveries, webhooks
from identity.use_cases.webhook_catalogue import names_for

FORGET = "forget_webhook_deliveries"
_OFF = "The webhook was switched off."


@dataclass(frozen=True, slots=True)
class Secret:
    """What signs. It is told again from the request that asked for it, so that repeating the request is safe."""

    plain: bytes
    sealed: bytes


def secret_for(webhook_id: UUID, request: str, sealing: Sealing) -> Secret:
    plain = bytes.fromhex(sealing.derived("webhook", f"{webhook_id}|{request}"))
    return Secret(plain, sealing.seal(plain, webhook_secret(webhook_id)))


def opened(webhook: Webhook, sealing: Sealing, *, now_at: datetime) -> list[bytes]:
    """The secrets that sign now: the present one, and the former one for as long as it is valid."""
    sealed = [webhook.sealed_secret]
    if webhook.sealed_former and webhook.former_until_at and now_at < webhook.former_until_at:
        sealed.append(webhook.sealed_former)
    return [sealing.opened(one, webhook_secret(webhook.id)) for one in sealed]


async def add_webhook(tx: Tx, organization_id: UUID, webhook: Webhook) -> Webhook:
    """A webhook of the host's or of a customer's. Repeating the request finds the one that it made."""
    known = await webhooks.find(tx, webhook.id)
    if known is not None:
        if (known.url, known.types) != (webhook.url, webhook.types) or known.version != 1:
            raise Conflict(
                "This Idempotency-Key has made a webhook already.", field="Idempotency-Key", remedy="use a fresh key"
            )
        return known
    if await webhooks.count(tx, webhook.customer_id) >= MOST_WEBHOOKS:
        raise Conflict(f"There are {MOST_WEBHOOKS} webhooks.", remedy="remove one that is not needed")
    host = await hosts.get(tx, organization_id)
    kept = replace(webhook, types=checked_types(webhook.types, names_for(webhook.customer_id)))
    await webhooks.add(tx, organization_id, kept)
    await plan_forgetting(tx, organization_id, kept.id, host.timezone, at=host.clock_at or wall_now())
    return kept


async def plan_forgetting(tx: Tx, organization_id: UUID, webhook_id: UUID, timezone: str, *, at: datetime) -> None:
    """At the end of the organization's day old deliveries go."""
    due_at = day_end(local_day(at, timezone), timezone)
    payload = {"webhook_id": str(webhook_id)}
    await wakeups.job(tx, organization_id, (FORGET, str(webhook_id)), at=due_at, payload=payload)


async def change_webhook(tx: Tx, webhook_id: UUID, changes: Mapping[str, Any], *, version: int) -> Webhook:
    """Switched off, what waits is given up; switched on, it starts with a clean record."""
    before = await _at_version(tx, webhook_id, version)
    after = replace(before, **{k: v for k, v in changes.items() if k != "is_enabled"})
    after = replace(after, types=checked_types(after.types, names_for(after.customer_id)), version=version + 1)
    is_enabled = changes.get("is_enabled", before.is_enabled)
    if is_enabled and (not before.is_enabled or after.url != before.url):
        after = after.enabled()
    elif not is_enabled and before.is_enabled:
        after = replace(after.disabled(WhyDisabled.BY_HAND), version=version + 1)
        await webhook_deliveries.give_up(tx, webhook_id, _OFF)
    await webhooks.save(tx, after)
    return after


async def rotate_secret(tx: Tx, webhook_id: UUID, secret: Secret, sealing: Sealing, *, overlap: timedelta) -> Webhook:
    """A fresh secret; the one before signs beside it for a while. Repeating the request changes nothing."""
    before = await webhooks.get(tx, webhook_id, for_change=True)
    now_at = wall_now()
    if opened(before, sealing, now_at=now_at)[0] == secret.plain:
        return before
    after = replace(
        before, sealed_secret=secret.sealed, sealed_former=before.sealed_secret, former_until_at=now_at + overlap,
        version=before.version + 1,
    )  # fmt: skip
    await webhooks.save(tx, after)
    return after


async def _at_version(tx: Tx, webhook_id: UUID, version: int) -> Webhook:
    before = await webhooks.get(tx, webhook_id, for_change=True)
    if before.version != version:
        raise Stale("The webhook was changed meanwhile.", field="If-Match", remedy="read it again and repeat")
    return before
