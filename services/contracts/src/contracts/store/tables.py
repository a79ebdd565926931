"""Tables of the contracts service."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("currency", String),
    Column("contact_email", String),
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
    Column("code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("capacity_kw", String, nullable=False),
    Column("region", String, nullable=False),
    Column("city", String, nullable=False),
    Column("country", String, nullable=False, server_default=""),
    Column("energy_rate", String),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id"),
    UniqueConstraint("organization_id", "code"),
    info={"audited": "people"},
)

units = Table(
    "units",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("model", String, nullable=False),
    Column("serial", String),
    Column("mac", String),
    Column("site_id", Uuid, nullable=False),
    Column("rated_w", String, nullable=False),
    Column("rated_ths", String, nullable=False),
    Column("efficiency_jth", String),
    Column("customer_id", Uuid),
    Column("standing", String, nullable=False, server_default="staged"),
    Column("place_id", Uuid),
    Column("rating_source", String, nullable=False, server_default="nameplate"),
    Column("rated_on", Date),
    Column("operational_on", Date),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
    UniqueConstraint("organization_id", "name"),
    UniqueConstraint("organization_id", "serial"),
    UniqueConstraint("organization_id", "mac"),
    Index("ix_units_by_site", "organization_id", "site_id", "name"),
    Index("ix_units_by_customer", "organization_id", "customer_id", "unit_id"),
    Index("ix_units_by_model", "organization_id", "model", "unit_id"),
    info={"audited": "people", "by_customer": True},
)

contracts = Table(
    "contracts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("state", String, nullable=False),
    Column("number", String),
    Column("reference", String),
    Column("agreement", JSONB, nullable=False),
    instant("looked_at", nullable=True),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id"),
    UniqueConstraint("organization_id", "number"),
    Index("ix_contracts_by_customer", "organization_id", "customer_id"),
    info={"audited": "people", "by_customer": True},
)

numbers = Table(
    "numbers",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("last", Integer, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
    info={"audited": "people"},
)

# `counts_to_at` is where the assignment ends as its contract stands now (rule 4.5); the exclusion makes it impossible,
# whoever writes, that a unit counts for two contracts at one instant.
assignments = Table(
    "assignments",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("assignment_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at", nullable=True),
    instant("counts_to_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
    ExcludeConstraint(
        ("organization_id", "="),
        ("unit_id", "="),
        (text("tstzrange(from_at, counts_to_at, '[)')"), "&&"),
        name="ex_assignments_one_contract_at_a_time",
        using="gist",
    ),
    Index("ix_assignments_by_contract", "organization_id", "contract_id"),
    info={"audited": "people", "by_customer": True},
)

channels = Table(
    "channels",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("outlet", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "channel_id"),
    Index("ix_channels_by_unit", "organization_id", "unit_id"),
)
