"""Tables of the customers service."""

from sqlalchemy import Boolean, Column, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text, Uuid

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("contact_email", String, nullable=False),
    Column("company", String),
    Column("billing_email", String),
    Column("phone", String),
    Column("currency", String),
    Column("notes", Text),
    Column("is_active", Boolean, nullable=False),
    Column("has_portal_access", Boolean, nullable=False),
    Column("on_billing_hold", Boolean, nullable=False),
    Column("in_default", Boolean, nullable=False),
    Column("default_reason", Text),
    Column("is_redirected", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)
