"""Tables of the customers service: accounts, their people, and copies of what other services know of them."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)


def owned(*names: str) -> list[Column[object]]:
    """The organization, and the ids that belong to a row."""
    return [Column(name, Uuid, nullable=False) for name in ("organization_id", *names)]


HIDDEN = {"audited": "hidden"}  # never leaves the service, not even to the audit log

customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("contact_email", String, nullable=False),
    Column("company", String),
    Column("billing_email", String),
    Column("phone", String, info=HIDDEN),
    Column("currency", String),
    Column("notes", Text, info=HIDDEN),
    Column("is_active", Boolean, nullable=False),
    Column("has_portal_access", Boolean, nullable=False),
    Column("on_billing_hold", Boolean, nullable=False),
    Column("in_default", Boolean, nullable=False),
    Column("default_reason", Text),
    Column("is_redirected", Boolean, nullable=False),
    Column("tags", ARRAY(String), nullable=False, server_default="{}"),
    Column("team_name", String),
    Column("merged_into", Uuid),
    Column("issuing_entity_id", Uuid),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True, "audited": "people"},
)

groups = Table(
    "customer_groups",
    metadata,
    *owned("group_id"),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "group_id"),
    UniqueConstraint("organization_id", "name_key"),
)

group_customers = Table(
    "group_customers",
    metadata,
    *owned("group_id", "customer_id"),
    PrimaryKeyConstraint("organization_id", "group_id", "customer_id"),
    info={"by_customer": True},
)

contacts = Table(
    "contacts",
    metadata,
    *owned("contact_id", "customer_id"),
    Column("name", String, nullable=False),
    Column("email", String),
    Column("phone", String),
    Column("job", String),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "contact_id"),
    Index("ix_contacts_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

# The customers' own people, by identity's facts. A removal may arrive before what it ends.
team = Table(
    "team",
    metadata,
    *owned("member_id"),
    Column("customer_id", Uuid),
    Column("role", String),
    Column("name", String),
    Column("email", String),
    instant("joined_at", nullable=True),
    instant("removed_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "member_id"),
    Index("ix_team_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

contracts = Table(
    "contracts",
    metadata,
    *owned("contract_id", "customer_id"),
    Column("number", String, nullable=False),
    Column("type", String, nullable=False),
    Column("site_ids", JSONB, nullable=False),
    Column("is_ended", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id"),
    Index("ix_contracts_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

issuing_entities = Table(
    "issuing_entities",
    metadata,
    *owned("entity_id"),
    Column("legal_name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "entity_id"),
)

units = Table(
    "units",
    metadata,
    *owned("unit_id", "site_id"),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
)

sites = Table(
    "sites",
    metadata,
    *owned("site_id"),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id"),
)

# `customer_id` and `from_at` are null where only the release is known yet.
assignments = Table(
    "assignments",
    metadata,
    *owned("assignment_id", "unit_id"),
    Column("customer_id", Uuid),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
    Index("ix_assignments_unit", "organization_id", "unit_id"),
    Index("ix_assignments_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

invoices = Table(
    "invoices",
    metadata,
    *owned("invoice_id", "customer_id"),
    Column("number", String, nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "invoice_id"),
    Index("ix_invoices_customer", "organization_id", "customer_id", "state"),
    info={"by_customer": True},
)

credits = Table(
    "credits",
    metadata,
    *owned("customer_id"),
    Column("currency", String, nullable=False),
    Column("balance", Numeric(20, 4), nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id", "currency"),
    info={"by_customer": True},
)
