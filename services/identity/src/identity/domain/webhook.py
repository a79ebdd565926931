"""A webhook: an address of somebody else's that is told what happens (Standard Webhooks)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from common.errors import RuleBroken
from identity.domain.texts import plain_text
from identity.domain.webhook_types import matches

MOST_URL, MOST_DESCRIPTION, MOST_WEBHOOKS = 500, 200, 20


class BadWebhook(RuleBroken):
    """A webhook cannot be so."""

    code = "bad_webhook"


class WhyDisabled(StrEnum):
    """By a person; it answered 410; it took nothing for three days."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Webhook:
    """`customer_id` is the customer whose it is; none where it is the host's.

    The former secret signs beside the present one until `former_until_at` (real time). `failing_since_at` is when it
    last began to take nothing; after `silences` rounds in which nobody answered it rests until `resting_until_at`.
    """

    id: UUID
    url: str
    types: tuple[str, ...]
    sealed_secret: bytes
    customer_id: UUID | None = None
    description: str = ""
    is_enabled: bool = True
    disabled_reason: str | None = None
    sealed_former: bytes | None = None
    former_until_at: datetime | None = None
    failing_since_at: datetime | None = None
    silences: int = 0
    resting_until_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise BadWebhook(
                f"{self.url[:100]!r} is no address of a webhook.", field="url", remedy="https://hooks.alpha.example/in"
            )
        if self.description:
            plain_text(self.description, "description", MOST_DESCRIPTION)

    def wants(self, name: str, customer_id: str | None, *, for_customers: bool) -> bool:
        """Whether it is told a fact of that public type; a customer's own one, only what names that customer."""
        is_own = self.customer_id is None or (for_customers and str(self.customer_id) == customer_id)
        return self.is_enabled and is_own and matches(self.types, name)

    def enabled(self) -> Webhook:
        """Switched on, with a clean record."""
        well = replace(self, failing_since_at=None, silences=0, resting_until_at=None)
        return replace(well, is_enabled=True, disabled_reason=None)

    def disabled(self, why: WhyDisabled) -> Webhook:
        """Switched off; the version tells whoever read it before."""
        off = replace(self, is_enabled=False, disabled_reason=why.value, resting_until_at=None, silences=0)
        return replace(off, version=self.version + 1)

    def message_id(self, event_id: UUID) -> str:
        """`webhook-id`: the same at every attempt and replay, so that a receiver knows what it has had already."""
        return f"msg_{event_id.hex}_{self.id.hex}"


def _is_address(text: str) -> bool:
    if len(text) > MOST_URL or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and parts.scheme in ("https", "http") and not (parts.username or parts.password or parts.fragment)
