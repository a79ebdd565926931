"""Tables of what is asked of the service: hashprice from an address, days derived again, evidence let go."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import instant
from metering.store.tables import metadata

hashprice_sources = Table(
    "hashprice_sources",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("series", String, nullable=False),
    Column("url", Text, nullable=False, info={"audited": "hidden"}),
    Column("price_pointer", String, nullable=False),
    Column("instant_pointer", String),
    Column("unit", String, nullable=False),
    Column("interval_minutes", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "series"),
    info={"audited": "people"},
)

# The intent to ask an address, kept before it is asked, and what came of it. `wakeup_id` is open meanwhile.
hashprice_fetches = Table(
    "hashprice_fetches",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("fetch_id", Uuid, nullable=False),
    Column("series", String, nullable=False),
    Column("source_version", Integer, nullable=False),
    Column("wakeup_id", Uuid, nullable=False),
    instant("due_at"),
    Column("state", String, nullable=False),
    Column("outcome", Text),
    instant("priced_at", nullable=True),
    Column("usd_per_ph_day", String),
    PrimaryKeyConstraint("organization_id", "fetch_id"),
    Index("ix_hashprice_fetches_due", "organization_id", "series", "due_at"),
    Index("ix_hashprice_fetches_open", "organization_id", postgresql_where=text("state = 'intended'")),
)

rederivations = Table(
    "rederivations",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("rederivation_id", Uuid, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("unit_id", Uuid),
    Column("state", String, nullable=False),
    Column("unit_count", Integer, nullable=False),
    Column("failed_count", Integer, nullable=False),
    Column("change_count", Integer, nullable=False),
    instant("asked_at"),
    instant("done_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "rederivation_id"),
)

rederivation_changes = Table(
    "rederivation_changes",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("rederivation_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("day", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("before", JSONB),
    Column("after", JSONB),
    PrimaryKeyConstraint("organization_id", "rederivation_id", "unit_id", "contract_id", "from_at", "to_at"),
)

# Polls of months long past: a row for each PDU and UTC day, packed (store/day_block.py).
packed_polls = Table(
    "packed_polls",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("pdu_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),
    instant("first_at"),
    instant("last_at"),
    Column("poll_count", Integer, nullable=False),
    Column("block", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "pdu_id", "day"),
)

packed_scans = Table(
    "packed_scans",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),
    instant("first_at"),
    instant("last_at"),
    Column("scan_count", Integer, nullable=False),
    Column("block", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id", "day"),
)

# Months of raw evidence that the organization lets go: older than it keeps them, all of their days published.
evidence_releases = Table(
    "evidence_releases",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("month", Date, nullable=False),
    instant("released_at"),
    PrimaryKeyConstraint("organization_id", "month"),
)
