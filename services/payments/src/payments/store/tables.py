"""Tables of the payments service. No card number comes here, only references and what may be shown."""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

payment_methods = Table(
    "payment_methods",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("method_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("processor", String, nullable=False),
    Column("reference", String, nullable=False, info={"audited": "hidden"}),
    Column("kind", String, nullable=False),
    Column("label", String, nullable=False),
    Column("fingerprint", String, nullable=False, info={"audited": "hidden"}),
    Column("is_auto_pay", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_hash", String, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "method_id"),
    Index(
        "uq_payment_methods_auto_pay",
        "organization_id",
        "customer_id",
        unique=True,
        postgresql_where=text("is_auto_pay and status = 'active'"),
    ),
    info={"audited": True, "by_customer": True},
)

processor_customers = Table(
    "processor_customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("processor", String, nullable=False),
    Column("reference", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id", "processor"),
    info={"by_customer": True},
)

payments = Table(
    "payments",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("invoice_id", Uuid),
    Column("amount", Numeric(20, 4), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("processor", String, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reference", String),
    Column("is_automatic", Boolean, nullable=False),
    Column("fee", Numeric(20, 4), nullable=False, server_default="0"),
    Column("refunded", Numeric(20, 4), nullable=False, server_default="0"),
    instant("first_failed_at", nullable=True),
    instant("next_attempt_at", nullable=True),
    instant("received_at", nullable=True),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "payment_id"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("refunded >= 0 and refunded <= amount", name="refunded_at_most_amount"),
    Index("ix_payments_customer", "organization_id", "customer_id"),
    Index("ix_payments_received", "organization_id", "received_at", "payment_id"),
    Index("ix_payments_invoice", "organization_id", "invoice_id"),
    Index(
        "uq_payments_open_invoice",
        "organization_id",
        "invoice_id",
        unique=True,
        postgresql_where=text("status in ('processing', 'unknown')"),
    ),
    info={"audited": True, "by_customer": True},
)

attempts = Table(
    "attempts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("method_id", Uuid, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("advice", String),
    Column("trace", JSONB, nullable=False, server_default="{}"),
    instant("called_at"),
    PrimaryKeyConstraint("organization_id", "payment_id", "number"),
    ForeignKeyConstraint(
        ["organization_id", "payment_id"],
        ["payments.organization_id", "payments.payment_id"],
        name="fk_attempts_payment",
    ),
    Index(
        "uq_attempts_open",
        "organization_id",
        "payment_id",
        unique=True,
        postgresql_where=text("status in ('planned', 'submitting', 'processing', 'unknown')"),
    ),
    info={"by_customer": True},
)

refunds = Table(
    "refunds",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("refund_id", Uuid, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("amount", Numeric(20, 4), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("failure", String, nullable=False, server_default=""),
    Column("requested_by", String, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "refund_id"),
    ForeignKeyConstraint(
        ["organization_id", "payment_id"],
        ["payments.organization_id", "payments.payment_id"],
        name="fk_refunds_payment",
    ),
    info={"audited": True, "by_customer": True},
)

invoices = Table(
    "invoices",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_due", Numeric(20, 4), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("is_owed", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id", "invoice_id"),
    info={"by_customer": True},
)

customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

# A webhook is stored before it is known whose it is; no organization's transaction reads this table for its callers.
webhook_events = Table(
    "webhook_events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("processor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("reference", String),
    Column("key", String),
    Column("organization_id", Uuid),
    Column("payment_id", Uuid),
    Column("body", Text, nullable=False),
    Column("result", String, nullable=False, server_default="stored"),
    instant("received_at", default="clock_timestamp()"),
    Index("ix_webhook_events_reference", "reference"),
    info={"open": "a webhook arrives before anybody knows whose it is"},
)
