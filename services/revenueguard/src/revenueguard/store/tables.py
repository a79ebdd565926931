"""Tables of the revenueguard service."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

invoices = Table(
    "invoices",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("balance", Numeric(20, 4), nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "invoice_id"),
    info={"by_customer": True},
)

delinquencies = Table(
    "delinquencies",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("steps_done", JSONB, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("reason", Text),
    instant("defaulted_at", nullable=True),
    instant("since_at"),
    Column("redirect_id", Uuid),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    ForeignKeyConstraint(
        ["organization_id", "redirect_id"],
        ["redirects.organization_id", "redirects.redirect_id"],
        name="fk_delinquencies_redirect",
    ),
    # The active redirect: one a customer, and none without default.
    CheckConstraint("redirect_id is null or is_default", name="redirected_in_default"),
    info={"audited": True, "by_customer": True},
)

redirects = Table(
    "redirects",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("redirect_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("contract_id", Uuid),
    Column("reason", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("ordered_by", String, nullable=False),
    Column("approval_id", Uuid),
    instant("since_at"),
    PrimaryKeyConstraint("organization_id", "redirect_id"),
    Index("ix_redirects_by_since", "organization_id", "since_at", "redirect_id"),
    Index("ix_redirects_by_customer", "organization_id", "customer_id"),
    info={"audited": True, "append_only": True, "by_customer": True},
)

# What was overdue when a redirect was ordered: the evidence of its ground.
redirect_debts = Table(
    "redirect_debts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("redirect_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("balance", Numeric(20, 4), nullable=False),
    PrimaryKeyConstraint("organization_id", "redirect_id", "invoice_id"),
    ForeignKeyConstraint(
        ["organization_id", "redirect_id"],
        ["redirects.organization_id", "redirects.redirect_id"],
        name="fk_redirect_debts_redirect",
    ),
    info={"audited": True, "append_only": True, "by_customer": True},
)

restorations = Table(
    "restorations",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("redirect_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("restored_by", String),
    instant("restored_at"),
    PrimaryKeyConstraint("organization_id", "redirect_id"),
    ForeignKeyConstraint(
        ["organization_id", "redirect_id"],
        ["redirects.organization_id", "redirects.redirect_id"],
        name="fk_restorations_redirect",
    ),
    info={"audited": True, "append_only": True, "by_customer": True},
)

contracts = Table(
    "contracts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id"),
    info={"by_customer": True},
)

policies = Table(
    "policies",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("steps", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    info={"audited": True},
)

sent_mails = Table(
    "sent_mails",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("cause", String, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    instant("sent_at", default="clock_timestamp()"),
    Column("refused", Text),
    PrimaryKeyConstraint("organization_id", "cause"),
    info={"by_customer": True},
)

unit_states = Table(
    "unit_states",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("state", String, nullable=False),
    instant("since_at"),
    Column("is_flagged", Boolean, nullable=False, server_default="false"),
    PrimaryKeyConstraint("organization_id", "unit_id"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("assignment_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
)

# At which site a unit is, as contracts last said it.
unit_sites = Table(
    "unit_sites",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("site_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
)
