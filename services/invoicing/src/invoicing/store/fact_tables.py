"""Facts for what a contract may have switched on besides its lines; a later version is another row."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import instant
from invoicing.store.schema import metadata, organization

market_prices = Table(
    "market_prices",
    metadata,
    organization(),
    Column("market", String, nullable=False),
    instant("from_at"),
    Column("revision", Integer, nullable=False),
    instant("to_at"),
    Column("per_mwh", String, nullable=False),
    instant("received_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "market", "from_at", "revision"),
    info={"append_only": True},
)

site_events = Table(
    "site_events",
    metadata,
    organization(),
    Column("event_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("excused", String),
    Column("site_id", Uuid),
    Column("unit_ids", JSONB, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("programme", String, nullable=False),
    Column("proceeds", String),
    Column("replaced_by", Uuid),
    PrimaryKeyConstraint("organization_id", "event_id"),
    info={"audited": "people"},
)

utility_bills = Table(
    "utility_bills",
    metadata,
    organization(),
    Column("bill_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("energy_kwh", String, nullable=False),
    Column("host_kwh", String, nullable=False),
    Column("replaced_by", Uuid),
    PrimaryKeyConstraint("organization_id", "bill_id"),
    Index("ix_utility_bills_by_site", "organization_id", "site_id", "to_at"),
    info={"audited": "people"},
)
