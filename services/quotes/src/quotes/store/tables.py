"""Tables of the quotes service."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

catalogue = Table(
    "catalogue",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("item_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("sku", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("unit_price", Numeric(20, 4), nullable=False),
    Column("cost_basis", Numeric(20, 4)),
    Column("hashrate_ths", Numeric(18, 6)),
    Column("power_w", Numeric(18, 6)),
    Column("efficiency_jth", Numeric(18, 6)),
    Column("stock", Integer),
    Column("is_archived", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "item_id"),
    UniqueConstraint("organization_id", "sku"),
    info={"audited": "people"},
)

# `items`, `fees` and `priced` are snapshots, money in them as text; a prospect's quote has no customer.
quotes = Table(
    "quotes",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("quote_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("customer_id", Uuid),
    Column("buyer_name", String, nullable=False),
    Column("buyer_email", String),
    Column("items", JSONB, nullable=False),
    Column("fees", JSONB, nullable=False),
    Column("priced", JSONB, nullable=False),
    Column("fulfilment", String, nullable=False),
    Column("term", String, nullable=False),
    Column("rate_per_kwh", Numeric(24, 12), nullable=False),
    Column("currency", String, nullable=False),
    Column("site_id", Uuid),
    Column("terms_text", Text),
    Column("notes", Text),
    Column("valid_days", Integer, nullable=False),
    Column("state", String, nullable=False),
    instant("sent_at", nullable=True),
    instant("expires_at", nullable=True),
    instant("accepted_at", nullable=True),
    instant("mailed_at", nullable=True),
    Column("mail_refused", Text),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "quote_id"),
    UniqueConstraint("organization_id", "number"),
    Index("ix_quotes_organization_id_state", "organization_id", "state", "quote_id"),
    info={"audited": "people", "by_customer": True},
)

# One row an organization: what quotes are numbered and prefilled from.
settings = Table(
    "quote_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("next_number", Integer, nullable=False, server_default="1"),
    Column("valid_days", Integer, nullable=False, server_default="30"),
    Column("fee_rates", JSONB, nullable=False, server_default="{}"),
    Column("site_fee_rates", JSONB, nullable=False, server_default="{}"),
    Column("terms_text", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    info={"audited": True},
)

# Copies from customers and contracts.
customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

sites = Table(
    "sites",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id"),
)
