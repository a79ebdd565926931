"""Tables of what is said: tickets, announcements, mails, alerts, and the feed of all that happened."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.plumbing import Xid8, instant
from customers.store.tables import metadata, owned

tickets = Table(
    "tickets",
    metadata,
    *owned("ticket_id", "customer_id"),
    Column("number", String, nullable=False),
    Column("title", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("unit_id", Uuid),
    Column("invoice_id", Uuid),
    Column("invoice_line", Integer),
    Column("contract_id", Uuid),
    Column("opened_by", String, nullable=False),
    instant("opened_at"),
    instant("first_due_at"),
    instant("resolve_due_at"),
    Column("state", String, nullable=False),
    instant("first_answered_at", nullable=True),
    instant("resolved_at", nullable=True),
    instant("waiting_since_at", nullable=True),
    Column("rested_s", Integer, nullable=False),
    Column("late", ARRAY(String), nullable=False, server_default="{}"),
    Column("reply_to", String),
    Column("assignee", String),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "ticket_id"),
    UniqueConstraint("organization_id", "number"),
    Index("ix_tickets_customer", "organization_id", "customer_id", "ticket_id"),
    Index("ix_tickets_state", "organization_id", "state", "ticket_id"),
    info={"by_customer": True},
)

# An internal note has no customer: the policy for portal callers hides it, whatever a query asks for.
ticket_messages = Table(
    "ticket_messages",
    metadata,
    *owned("message_id", "ticket_id"),
    Column("customer_id", Uuid),
    Column("side", String, nullable=False),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    instant("written_at"),
    Column("mail_id", String),
    PrimaryKeyConstraint("organization_id", "message_id"),
    UniqueConstraint("organization_id", "mail_id"),
    Index("ix_ticket_messages_ticket", "organization_id", "ticket_id", "message_id"),
    info={"by_customer": True},
)

ticket_settings = Table(
    "ticket_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("next_number", Integer, nullable=False, server_default="1"),
    Column("promises", JSONB, nullable=False, server_default="{}"),
    Column("support_email", String),
    Column("mail_authserv_id", String),
    Column("version", Integer, nullable=False, server_default="0"),
)

announcements = Table(
    "announcements",
    metadata,
    *owned("announcement_id"),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("reach", String, nullable=False),
    Column("reach_values", JSONB, nullable=False),
    Column("in_portal", Boolean, nullable=False),
    Column("by_mail", Boolean, nullable=False),
    instant("publish_at", nullable=True),
    Column("state", String, nullable=False),
    instant("sent_at", nullable=True),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "announcement_id"),
)

receipts = Table(
    "announcement_receipts",
    metadata,
    *owned("announcement_id", "customer_id"),
    instant("read_at", nullable=True),
    Column("read_by", String),
    PrimaryKeyConstraint("organization_id", "announcement_id", "customer_id"),
    Index("ix_announcement_receipts_customer", "organization_id", "customer_id"),
    info={"by_customer": True},
)

# What is to be mailed: written with its cause, sent by the workflow of its batch, known by `cause` when sent twice.
# Without a customer it is for the host's staff; `page` is the path of the page to read on.
mails = Table(
    "mails",
    metadata,
    *owned("mail_id", "batch_id"),
    Column("customer_id", Uuid),
    Column("cause", String, nullable=False),
    Column("to_address", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("answers_to", JSONB, nullable=False, server_default="[]"),
    Column("page", String),
    instant("sent_at", nullable=True),
    instant("refused_at", nullable=True),
    Column("refusal", String),
    PrimaryKeyConstraint("organization_id", "mail_id"),
    UniqueConstraint("organization_id", "cause"),
    Index("ix_mails_unsent", "organization_id", "batch_id", postgresql_where=text("sent_at is null")),
    info={"by_customer": True},
)

alert_preferences = Table(
    "alert_preferences",
    metadata,
    *owned("customer_id"),
    Column("offline_minutes", Integer),
    Column("low_hashrate_percent", Numeric(6, 3)),
    Column("temperature_c", Numeric(6, 3)),
    Column("by_mail", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

alerts = Table(
    "alerts",
    metadata,
    *owned("alert_id", "customer_id"),
    Column("unit_id", Uuid),
    Column("kind", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("text", Text, nullable=False),
    instant("raised_at"),
    instant("cleared_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "alert_id"),
    Index("ix_alerts_customer", "organization_id", "customer_id", "alert_id"),
    info={"by_customer": True},
)

# `seq` is taken at insert, not at commit: readers stay behind every open transaction (`xid`).
activity = Table(
    "activity",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("customer_id", Uuid),
    Column("event_id", Uuid, nullable=False),
    Column("type", String, nullable=False),
    Column("summary", Text, nullable=False),
    Column("permission", String, nullable=False),
    Column("for_customer", Boolean, nullable=False),
    Column("subjects", JSONB, nullable=False),
    instant("at"),
    instant("recorded_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "seq"),
    Index("ix_activity_customer", "organization_id", "customer_id", "seq"),
    Index("ix_activity_subjects", "subjects", postgresql_using="gin", postgresql_ops={"subjects": "jsonb_path_ops"}),
    info={"by_customer": True, "append_only": True},
)
