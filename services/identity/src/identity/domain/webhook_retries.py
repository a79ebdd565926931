"""When a delivery is tried again, when it is given up, and when its webhook is switched off."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime as instant_of_mail
from enum import StrEnum
from uuid import UUID

from identity.domain.webhook import Webhook, WhyDisabled

# 75 hours and a half in all, and what chance adds.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
ALL_THE_TIME = timedelta(days=3)
GONE = 410
BUSY = (429, 503)


class DeliveryState(StrEnum):
    """Of a delivery: waiting for its next attempt, taken by the receiver, or given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempted:
    """A delivery after an attempt, the `attempts`-th; `status` is None where nobody answered.

    `asked` is how long the receiver asks to be left alone.
    """

    delivery_id: UUID
    attempts: int
    status: int | None
    asked: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the delivery; `next_at` stands with pending alone."""

    delivery_id: UUID
    state: DeliveryState
    next_at: datetime | None = None


def wait_after(attempts: int, seed: object) -> timedelta | None:
    """How long to wait after so many attempts failed: longer by up to a tenth, by the seed; None after the last."""
    if attempts > len(WAITS):
        return None
    chance = int.from_bytes(hashlib.sha256(f"{seed}/{attempts}".encode()).digest()[:2], "big")
    wait = WAITS[attempts - 1]
    return wait + wait * chance / (10 * 2**16)


def asked_wait(status: int, retry_after: str | None, *, at: datetime) -> timedelta | None:
    """What a 429 or 503 says in Retry-After, in seconds or as a date (RFC 9110, 10.2.3); nonsense says nothing."""
    text = (retry_after or "").strip()
    if status not in BUSY or not text:
        return None
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8)) or None
    try:
        wait = instant_of_mail(text) - at
    except (ValueError, TypeError):
        return None
    return wait if wait > timedelta() else None


def judged(webhook: Webhook, batch: Sequence[Attempted], *, at: datetime) -> tuple[Webhook, list[Verdict]]:
    """The webhook after attempts that were made side by side, and what becomes of each delivery.

    Where the receiver asks to be left alone, the webhook rests so long, within the three days in which something must
    be taken, and each delivery no less than it would have anyway. Where nobody answers at all it rests, ever longer:
    so a dead one with many deliveries costs a few attempts and not thousands. One that took nothing for three days is
    switched off, one that answers 410 at once.
    """
    is_taken = any(one.is_taken for one in batch)
    failing_since_at = None if is_taken else webhook.failing_since_at or at
    after = _rested(replace(webhook, failing_since_at=failing_since_at), batch, at)
    if webhook.is_enabled and any(one.status == GONE for one in batch):
        after = after.disabled(WhyDisabled.GONE)
    elif webhook.is_enabled and failing_since_at is not None and at - failing_since_at >= ALL_THE_TIME:
        after = after.disabled(WhyDisabled.FAILING)
    return after, [_verdict(after, one, at) for one in batch]


def _rested(webhook: Webhook, batch: Sequence[Attempted], at: datetime) -> Webhook:
    if any(one.status is not None for one in batch):
        asked = max((one.asked for one in batch if one.asked), default=None)
        latest_at = (webhook.failing_since_at or at) + ALL_THE_TIME
        until_at = min(at + min(asked, ALL_THE_TIME), latest_at) if asked else None
        return replace(webhook, silences=0, resting_until_at=until_at)
    silences = min(webhook.silences + 1, len(WAITS))
    wait = wait_after(silences, webhook.id)
    assert wait is not None
    return replace(webhook, silences=silences, resting_until_at=at + wait)


def _verdict(webhook: Webhook, one: Attempted, at: datetime) -> Verdict:
    if one.is_taken:
        return Verdict(one.delivery_id, DeliveryState.DELIVERED)
    wait = wait_after(one.attempts, one.delivery_id)
    if wait is None or not webhook.is_enabled:
        return Verdict(one.delivery_id, DeliveryState.FAILED)
    return Verdict(one.delivery_id, DeliveryState.PENDING, max(at + wait, webhook.resting_until_at or at))
