"""Tables of the invoicing service. The ledger's tables take inserts only; the database refuses anything else."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

AMOUNT = Numeric(24, 4)


def _organization() -> Column[object]:
    return Column("organization_id", Uuid, nullable=False)


customers = Table(
    "customers",
    metadata,
    _organization(),
    Column("customer_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("company", String),
    Column("email", String, nullable=False),
    Column("currency", String),
    Column("is_active", Boolean, nullable=False),
    Column("on_billing_hold", Boolean, nullable=False),
    Column("in_default", Boolean, nullable=False, server_default="false"),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)

contracts = Table(
    "contracts",
    metadata,
    _organization(),
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
    _organization(),
    Column("unit_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("rated_w", String, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id"),
)

assignments = Table(
    "assignments",
    metadata,
    _organization(),
    Column("assignment_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    Column("operational_on", Date),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
    Index("ix_assignments_by_contract", "organization_id", "contract_id"),
)

# One row per span as it came, and one per (contract, unit, period, rate segment): the sum that invoices are made from.
usage_spans = Table(
    "usage_spans",
    metadata,
    _organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("day", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "unit_id", "from_at"),
    Index("ix_usage_spans_by_day", "organization_id", "day"),
)

usage_totals = Table(
    "usage_totals",
    metadata,
    _organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("period", String, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("segment", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "period", "unit_id", "segment"),
)

changed_periods = Table(
    "changed_periods",
    metadata,
    _organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("period", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "period"),
)

closed_days = Table(
    "closed_days",
    metadata,
    _organization(),
    Column("day", Date, nullable=False),
    Column("span_count", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "day"),
)

hashprices = Table(
    "hashprices",
    metadata,
    _organization(),
    Column("series", String, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("price", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "series", "from_at"),
)

charges = Table(
    "charges",
    metadata,
    _organization(),
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
    info={"by_customer": True},
)

pool_records = Table(
    "pool_records",
    metadata,
    _organization(),
    Column("record_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("satoshi", BigInteger, nullable=False),
    Column("price", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "record_id"),
    UniqueConstraint("organization_id", "contract_id", "from_at", "to_at"),
)

billing_settings = Table(
    "billing_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
)

numbers = Table(
    "numbers", metadata, Column("organization_id", Uuid, primary_key=True), Column("last", Integer, nullable=False)
)

runs = Table(
    "runs",
    metadata,
    _organization(),
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
)

invoices = Table(
    "invoices",
    metadata,
    _organization(),
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
    instant("mailed_at", nullable=True),
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
    Index("ix_invoices_open", "organization_id", "due_on", postgresql_where=text("status = 'issued'")),
    Index("ix_invoices_by_run", "organization_id", "run_id"),
    info={"by_customer": True},
)

entries = Table(
    "entries",
    metadata,
    _organization(),
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("reason", Text, nullable=False),
    instant("at"),
    Column("postings", JSONB, nullable=False),
    PrimaryKeyConstraint("organization_id", "entry_id"),
    UniqueConstraint("organization_id", "kind", "source_id"),
    Index("ix_entries_by_customer", "organization_id", "customer_id", "currency", "seq"),
    info={"append_only": True, "by_customer": True},
)
