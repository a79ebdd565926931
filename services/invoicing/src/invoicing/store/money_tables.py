"""Charges, runs, invoices and the ledger, whose tables take inserts only: the database refuses anything else."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import instant
from invoicing.store.schema import AMOUNT, metadata, organization

charges = Table(
    "charges",
    metadata,
    organization(),
    Column("charge_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("charged_on", Date, nullable=False),
    Column("description", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("unit_price", String, nullable=False),
    Column("tax_code", String),
    Column("invoice_id", Uuid),
    PrimaryKeyConstraint("organization_id", "charge_id"),
    Index("ix_charges_open", "organization_id", "customer_id", postgresql_where=text("invoice_id is null")),
    info={"audited": True, "by_customer": True},
)

pool_records = Table(
    "pool_records",
    metadata,
    organization(),
    Column("record_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("satoshi", BigInteger, nullable=False),
    Column("price", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "record_id"),
    UniqueConstraint("organization_id", "contract_id", "from_at", "to_at"),
    info={"audited": "people"},
)

billing_settings = Table(
    "billing_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    info={"audited": True},
)

numbers = Table(
    "numbers",
    metadata,
    organization(),
    Column("series", String, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "series"),
)

runs = Table(
    "runs",
    metadata,
    organization(),
    Column("run_id", Uuid, nullable=False),
    Column("period", String, nullable=False),
    Column("customer_id", Uuid),
    Column("skip_existing", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("issued", Integer, nullable=False, server_default="0"),
    Column("held", Integer, nullable=False, server_default="0"),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("refused", JSONB, nullable=False, server_default="{}"),
    Column("missing_days", Integer, nullable=False, server_default="0"),
    instant("requested_at"),
    instant("finished_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "run_id"),
    info={"by_customer": True},
)

invoices = Table(
    "invoices",
    metadata,
    organization(),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("currency", String, nullable=False),
    Column("period", String, nullable=False),
    Column("number", String),
    Column("status", String, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("total", AMOUNT, nullable=False),
    Column("credit_applied", AMOUNT, nullable=False),
    Column("amount_due", AMOUNT, nullable=False),
    Column("balance", AMOUNT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("run_id", Uuid),
    Column("held_because", String),
    instant("made_at", default="clock_timestamp()"),
    instant("delivered_at", nullable=True),
    instant("mailed_at", nullable=True),
    Column("mail_refused", Text),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "invoice_id"),
    UniqueConstraint("organization_id", "number"),
    Index(
        "uq_invoices_one_per_period",
        "organization_id",
        "customer_id",
        "currency",
        "period",
        unique=True,
        postgresql_where=text("status <> 'cancelled'"),
    ),
    Index("ix_invoices_by_customer", "organization_id", "customer_id", "period"),
    Index("ix_invoices_open", "organization_id", "due_on", postgresql_where=text("status = 'issued'")),
    Index("ix_invoices_by_run", "organization_id", "run_id"),
    info={"audited": "people", "by_customer": True},
)

entries = Table(
    "entries",
    metadata,
    organization(),
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("reason", Text, nullable=False),
    instant("at"),
    Column("postings", JSONB, nullable=False),
    Column("moves_credit", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id", "entry_id"),
    UniqueConstraint("organization_id", "kind", "source_id"),
    Index("ix_entries_by_customer", "organization_id", "customer_id", "currency", "seq"),
    Index("ix_entries_of_credit", "organization_id", "customer_id", "seq", postgresql_where=text("moves_credit")),
    info={"audited": "people", "append_only": True, "by_customer": True},
)

credit_notes = Table(
    "credit_notes",
    metadata,
    organization(),
    Column("note_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("number", String, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("currency", String, nullable=False),
    Column("amount", AMOUNT, nullable=False),
    Column("tax", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "note_id"),
    UniqueConstraint("organization_id", "number"),
    Index("ix_credit_notes_by_invoice", "organization_id", "invoice_id"),
    info={"audited": "people", "append_only": True, "by_customer": True},
)

# A batch is fixed by its first invoice: its day, its units and what is held for each of them (rules 6.1, 6.2).
prepaid_batches = Table(
    "prepaid_batches",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("part", Integer, nullable=False),
    Column("held", JSONB, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "first_on", "part"),
)
