"""Copies of what other services own, filled by their events."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
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

customers = Table(
    "customers",
    metadata,
    organization(),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("company", String),
    Column("email", String, nullable=False),
    Column("currency", String),
    Column("is_active", Boolean, nullable=False),
    Column("on_billing_hold", Boolean, nullable=False),
    Column("in_default", Boolean, nullable=False, server_default="false"),
    Column("issuing_entity_id", Uuid),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

# `default_by` is the event that made it the default one (ids are in order of time); the latest of all is.
issuing_entities = Table(
    "issuing_entities",
    metadata,
    organization(),
    Column("entity_id", Uuid, nullable=False),
    Column("legal_name", String, nullable=False),
    Column("address", JSONB, nullable=False),
    Column("country", String, nullable=False),
    Column("tax_ids", JSONB, nullable=False),
    Column("default_by", Uuid),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "entity_id"),
)

contracts = Table(
    "contracts",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("currency", String, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id"),
    Index("ix_contracts_by_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

units = Table(
    "units",
    metadata,
    organization(),
    Column("unit_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("rated_w", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
    Index("ix_units_by_site", "organization_id", "site_id"),
)

assignments = Table(
    "assignments",
    metadata,
    organization(),
    Column("assignment_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    Column("operational_on", Date),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
    Index("ix_assignments_by_contract", "organization_id", "contract_id"),
    Index("ix_assignments_by_unit", "organization_id", "unit_id"),
)

hashprices = Table(
    "hashprices",
    metadata,
    organization(),
    Column("series", String, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("price", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "series", "from_at"),
)
