"""Requests and answers of the API of webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from common.http import Body
from identity.domain.webhook import MOST_DESCRIPTION, MOST_URL, Webhook
from identity.domain.webhook_retries import DeliveryState
from identity.domain.webhook_types import MOST_TYPES
from identity.gateways.webhook_post import shown_secret
from identity.store.webhook_deliveries import Delivery

TypePattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_URL = "https://hooks.alpha.example/hostbook"


class NewWebhook(Body):
    """An address that is told what happens; `types` are types of events, `invoice.*`, or `*` for all."""

    url: str = Field(max_length=MOST_URL, examples=[_URL])
    types: list[TypePattern] = Field(max_length=MOST_TYPES, examples=[["invoice.*", "payment.succeeded"]])
    description: str = Field("", max_length=MOST_DESCRIPTION, examples=["Ledger of the accounts office"])
    is_enabled: bool = True


class WebhookChange(Body):
    """The fields to change; what is left out stays."""

    url: str | None = Field(None, max_length=MOST_URL)
    types: list[TypePattern] | None = Field(None, max_length=MOST_TYPES)
    description: str | None = Field(None, max_length=MOST_DESCRIPTION)
    is_enabled: bool | None = Field(None, description="Switched on again, it starts with a clean record.")

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value is not None}


class SecretRotation(Body):
    """How long the former secret signs beside the fresh one."""

    overlap_hours: int = Field(24, ge=0, le=24)


class SampleAsked(Body):
    """Which type of event the made-up one is of; left out: the first one that the webhook hears."""

    type: str | None = Field(None, max_length=100, examples=["invoice.issued"])


class WebhookAnswer(BaseModel):
    """A webhook; `customer_id` names the customer whose it is, null means the host's.

    `failing_since_at`: when it last began to take nothing. `resting_until_at`: nobody answered, or the receiver asked
    for it, and it is left alone until then. Both are business time.
    """

    id: UUID
    customer_id: UUID | None
    url: str = Field(examples=[_URL])
    description: str = Field(examples=["Ledger of the accounts office"])
    types: list[str] = Field(examples=[["invoice.*"]])
    is_enabled: bool
    disabled_reason: str | None = Field(
        None, description="by_hand, gone (410) or failing (three days).", examples=["failing"]
    )
    former_secret_until_at: datetime | None = Field(None, description="Until when the former secret signs, too.")
    failing_since_at: datetime | None
    resting_until_at: datetime | None
    version: int

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookAnswer:
        return cls(**_shown(webhook))


class WebhookMade(WebhookAnswer):
    """A webhook with its secret, this once: what receivers verify signatures with."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])

    @classmethod
    def with_secret(cls, webhook: Webhook, secret: bytes) -> WebhookMade:
        return cls(**_shown(webhook), secret=shown_secret(secret))


def _shown(webhook: Webhook) -> dict[str, Any]:
    own = ("former_secret_until_at", "types")
    shown = {name: getattr(webhook, name) for name in WebhookAnswer.model_fields if name not in own}
    return shown | {"types": list(webhook.types), "former_secret_until_at": webhook.former_until_at}


class WebhookList(BaseModel):
    items: list[WebhookAnswer]
    next: str | None


class DeliveryAnswer(BaseModel):
    """One event on its way to a webhook. `attempted_at` is real time, the other instants are business time."""

    id: UUID
    message_id: str = Field(
        description="The header `webhook-id`: the same at every attempt and replay.",
        examples=["msg_0195d3a27c007000800000000000000a_0195d3a27c007000800000000000000b"],
    )
    event_id: UUID
    type: str = Field(examples=["invoice.issued"])
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime | None = Field(description="When it is tried next; null once it is over.")
    attempted_at: datetime | None
    status: int | None = Field(description="What the receiver answered last.", examples=[503])
    error: str | None = Field(description="Why the last attempt failed.", examples=["It answered 503."])
    response: str | None = Field(description="How the receiver's last answer begins.", examples=["down for repairs"])

    @classmethod
    def of(cls, delivery: Delivery, webhook: Webhook) -> DeliveryAnswer:
        shown = {name: getattr(delivery, name) for name in cls.model_fields if name != "message_id"}
        return cls(**shown, message_id=webhook.message_id(delivery.event_id))


class DeliveryList(BaseModel):
    items: list[DeliveryAnswer]
    next: str | None


class WebhookType(BaseModel):
    """A type of event, what it means, and the `data` of a made-up one."""

    type: str = Field(examples=["invoice.issued"])
    description: str = Field(examples=["An invoice is out and owed."])
    for_customers: bool = Field(description="Whether a customer's own webhooks may hear it.")
    example: dict[str, Any] = Field(examples=[{"invoice_id": "0195d3a2-7c00-7000-8000-2f1a40c9d7e1"}])


class WebhookTypeList(BaseModel):
    items: list[WebhookType]
