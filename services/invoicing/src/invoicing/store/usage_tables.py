"""Usage as it came and summed, and which of it changed after it was invoiced."""

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
)

from common.plumbing import instant
from invoicing.store.schema import metadata, organization

# One row per span as it came, and one per (contract, unit, period, rate segment): the sum that invoices are made from.
usage_spans = Table(
    "usage_spans",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("day", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    instant("recorded_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "contract_id", "unit_id", "from_at"),
    Index("ix_usage_spans_by_day", "organization_id", "day"),
)

usage_totals = Table(
    "usage_totals",
    metadata,
    organization(),
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
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("period", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "period"),
)

# Days of prepaid contracts whose evidence came or changed after the next cycle was invoiced (rule 6.4).
changed_days = Table(
    "changed_days",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),
    PrimaryKeyConstraint("organization_id", "contract_id", "unit_id", "day"),
)

closed_days = Table(
    "closed_days",
    metadata,
    organization(),
    Column("day", Date, nullable=False),
    Column("span_count", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "day"),
)
