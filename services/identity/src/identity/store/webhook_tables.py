"""Webhooks, and what is on its way to them."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from common.plumbing import instant
from identity.store.schema import metadata, organization

_UNCOUNTED = {"audited": "no"}

# How it stands with a webhook (failing, silent, resting) changes by itself and is not for the audit log.
webhooks = Table(
    "webhooks",
    metadata,
    organization(),
    Column("webhook_id", Uuid, nullable=False),
    Column("customer_id", Uuid),
    Column("url", Text, nullable=False),
    Column("description", String, nullable=False),
    Column("types", ARRAY(String), nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("disabled_reason", String),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("sealed_former", LargeBinary),
    instant("former_until_at", nullable=True),
    Column("failing_since_at", DateTime(timezone=True), info=_UNCOUNTED),
    Column("silences", Integer, nullable=False, server_default="0", info=_UNCOUNTED),
    Column("resting_until_at", DateTime(timezone=True), info=_UNCOUNTED),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "webhook_id"),
    info={"by_customer": True, "audited": True},
)

# One fact on its way to one webhook. `created_at` and `next_at` are business time, `attempted_at` is real.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    organization(),
    Column("delivery_id", Uuid, nullable=False),
    Column("webhook_id", Uuid, nullable=False),
    Column("customer_id", Uuid),
    Column("event_id", Uuid, nullable=False),
    Column("type", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("created_at"),
    instant("next_at", nullable=True),
    instant("attempted_at", nullable=True),
    Column("status", Integer),
    Column("error", Text),
    Column("response", Text),
    PrimaryKeyConstraint("organization_id", "delivery_id"),
    UniqueConstraint("organization_id", "webhook_id", "event_id"),
    ForeignKeyConstraint(
        ["organization_id", "webhook_id"], ["webhooks.organization_id", "webhooks.webhook_id"], ondelete="CASCADE"
    ),
    Index("ix_webhook_deliveries_state", "organization_id", "webhook_id", "state", "delivery_id"),
    Index(
        "ix_webhook_deliveries_due", "organization_id", "webhook_id", "next_at",
        postgresql_where=text("state = 'pending'"),
    ),
    info={"by_customer": True},
)  # fmt: skip
