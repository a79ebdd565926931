"""Tables of what is kept beside contracts and units: their past, papers, places, and facts of other services."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import instant
from contracts.store.tables import metadata

places = Table(
    "places",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("place_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("parent_id", Uuid),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("path", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "place_id"),
    UniqueConstraint("organization_id", "site_id", "path"),
)

# What a machine was, where it stood and how it was rated: written once, so that the past stays as it was known.
unit_history = Table(
    "unit_history",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    instant("at"),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    PrimaryKeyConstraint("organization_id", "entry_id"),
    Index("ix_unit_history_by_unit", "organization_id", "unit_id"),
    info={"append_only": True},
)

contract_versions = Table(
    "contract_versions",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("change", String, nullable=False),
    instant("effective_at"),
    instant("at"),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("agreement", JSONB, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "version"),
    info={"audited": "people", "append_only": True, "by_customer": True},
)

attachments = Table(
    "attachments",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("attachment_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("is_internal", Boolean, nullable=False),
    instant("added_at"),
    Column("by", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "attachment_id"),
    UniqueConstraint("organization_id", "contract_id", "sha256"),
    info={"audited": "people", "by_customer": True},
)

reminders = Table(
    "reminders",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("reminder_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("about", String, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("days_before", Integer, nullable=False),
    instant("told_at"),
    instant("mailed_at", nullable=True),
    Column("mail_refused", String),
    PrimaryKeyConstraint("organization_id", "reminder_id"),
    UniqueConstraint("organization_id", "contract_id", "about", "due_on", "days_before", name="uq_reminders_once"),
    info={"by_customer": True},
)

hand_overs = Table(
    "hand_overs",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("hand_over_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("left_assignment_id", Uuid, nullable=False),
    Column("made_assignment_id", Uuid, nullable=False),
    instant("at"),
    Column("split_by", String, nullable=False),
    Column("register_kwh", String),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "hand_over_id"),
    Index("ix_hand_overs_by_unit", "organization_id", "unit_id"),
    info={"append_only": True},
)

# Copies of facts that customers and invoicing own: what the energize gate asks.
required_agreements = Table(
    "required_agreements",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("agreement_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("accepted_from_version", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("contract_types", JSONB, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id", "agreement_id"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("is_document", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("signed_on", Date, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id", "subject_id"),
    info={"by_customer": True},
)

# Copies of the legal persons that the host bills as, and of invoices that charge a deposit.
issuing_entities = Table(
    "issuing_entities",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("entity_id", Uuid, nullable=False),
    Column("legal_name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "entity_id"),
)

deposit_invoices = Table(
    "deposit_invoices",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "invoice_id"),
    Index("ix_deposit_invoices_by_invoice", "organization_id", "invoice_id"),
    info={"by_customer": True},
)

first_invoices = Table(
    "first_invoices",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("unit_ids", JSONB, nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "invoice_id"),
    Index("ix_first_invoices_by_contract", "organization_id", "contract_id"),
    info={"by_customer": True},
)
