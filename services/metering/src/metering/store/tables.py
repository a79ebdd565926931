"""Tables of the metering service: evidence as it came, copies of what others own, and the usage derived from both."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
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


def _owner() -> Column[object]:
    return Column("organization_id", Uuid, nullable=False)


def _id(name: str) -> Column[object]:
    return Column(name, Uuid, nullable=False)


pdus = Table(
    "pdus",
    metadata,
    _owner(),
    _id("pdu_id"),
    _id("site_id"),
    Column("name", String, nullable=False),
    Column("model", String),
    Column("outlet_count", Integer, nullable=False),
    Column("tick_kwh", String, nullable=False),
    Column("modulus_kwh", String, nullable=False),
    Column("device", JSONB, info={"audited": "hidden"}),
    Column("version", Integer, nullable=False, server_default="1"),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "pdu_id"),
    UniqueConstraint("organization_id", "name"),
    info={"audited": "people"},
)

# `looked_until`, `is_open`: which reads yet to come would change a closed day (see store/watches.py).
channels = Table(
    "channels",
    metadata,
    _owner(),
    _id("channel_id"),
    _id("pdu_id"),
    _id("site_id"),
    _id("unit_id"),
    Column("position", Integer, nullable=False),
    Column("outlet", String, nullable=False),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    instant("looked_until", nullable=True),
    Column("is_open", Boolean, nullable=False, server_default="false"),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "channel_id"),
    Index(None, "organization_id", "pdu_id"),
    Index(None, "organization_id", "unit_id"),
    Index(None, "organization_id", "site_id", "outlet"),
    info={"audited": "people"},
)

# One row per poll: the registers of all outlets packed (store/packing.py). `digest` keeps a second, different value
# for the same instant beside the first one; an equal one meets the same key and is dropped.
polls = Table(
    "polls",
    metadata,
    _owner(),
    _id("pdu_id"),
    instant("polled_at"),
    Column("digest", BigInteger, nullable=False),
    instant("received_at"),
    Column("energy_wh", LargeBinary, nullable=False),
    Column("power_w", LargeBinary),
    PrimaryKeyConstraint("organization_id", "pdu_id", "polled_at", "digest"),
    postgresql_partition_by="range (polled_at)",
)

# One row per scan of a site; `roster_id` names the list of units that the columns stand for.
telemetry = Table(
    "telemetry",
    metadata,
    _owner(),
    _id("site_id"),
    instant("scanned_at"),
    Column("digest", BigInteger, nullable=False),
    instant("received_at"),
    Column("interval_s", Integer, nullable=False),
    Column("roster_id", BigInteger, nullable=False),
    Column("hashrate_ths", LargeBinary, nullable=False),
    Column("status", LargeBinary, nullable=False),
    Column("temperatures_c", LargeBinary),
    PrimaryKeyConstraint("organization_id", "site_id", "scanned_at", "digest"),
    postgresql_partition_by="range (scanned_at)",
)

rosters = Table(
    "rosters",
    metadata,
    _owner(),
    Column("roster_id", BigInteger, nullable=False),
    Column("units", ARRAY(Uuid), nullable=False),
    PrimaryKeyConstraint("organization_id", "roster_id"),
)

# Which sites' scans ever showed a unit: where to look for its telemetry.
scanned_units = Table(
    "scanned_units",
    metadata,
    _owner(),
    _id("unit_id"),
    _id("site_id"),
    PrimaryKeyConstraint("organization_id", "unit_id", "site_id"),
)

hashprice = Table(
    "hashprice",
    metadata,
    _owner(),
    Column("series", String, nullable=False),
    instant("from_at"),
    instant("to_at"),
    Column("usd_per_ph_day", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "series", "from_at"),
    info={"audited": "people"},
)

metering_settings = Table(
    "metering_settings",
    metadata,
    _owner(),
    Column("reset_estimate", String, nullable=False),
    Column("settle_minutes", Integer, nullable=False),
    Column("hashprice_series", String, nullable=False),
    Column("alert_rules", JSONB, nullable=False, server_default="{}"),
    Column("keep_raw_months", Integer),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id"),
    info={"audited": "people"},
)

# Copies, filled by the events of contracts.
sites = Table(
    "sites",
    metadata,
    _owner(),
    _id("site_id"),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("code", String, nullable=False),
    PrimaryKeyConstraint("organization_id", "site_id"),
    Index(None, "organization_id", "code"),
)

units = Table(
    "units",
    metadata,
    _owner(),
    _id("unit_id"),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
    _id("site_id"),
    PrimaryKeyConstraint("organization_id", "unit_id"),
    Index(None, "organization_id", "name"),
)

unit_ratings = Table(
    "unit_ratings",
    metadata,
    _owner(),
    _id("unit_id"),
    Column("version", Integer, nullable=False),
    instant("from_at", nullable=True),
    Column("rated_w", String, nullable=False),
    Column("rated_ths", String, nullable=False),
    Column("efficiency_jth", String),
    PrimaryKeyConstraint("organization_id", "unit_id", "version"),
)

contract_versions = Table(
    "contract_versions",
    metadata,
    _owner(),
    _id("contract_id"),
    Column("version", Integer, nullable=False),
    _id("customer_id"),
    instant("effective_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("terms", JSONB),
    PrimaryKeyConstraint("organization_id", "contract_id", "version"),
    info={"by_customer": True},
)

assignments = Table(
    "assignments",
    metadata,
    _owner(),
    _id("assignment_id"),
    _id("unit_id"),
    _id("contract_id"),
    Column("customer_id", Uuid),
    instant("from_at", nullable=True),
    instant("to_at", nullable=True),
    PrimaryKeyConstraint("organization_id", "assignment_id"),
    Index(None, "organization_id", "unit_id"),
    Index(None, "organization_id", "contract_id"),
    info={"by_customer": True},
)

# What was published: `body` is the event without its revision. `is_void` spans no longer stand.
usage_spans = Table(
    "usage_spans",
    metadata,
    _owner(),
    _id("unit_id"),
    _id("contract_id"),
    instant("from_at"),
    instant("to_at"),
    _id("customer_id"),
    Column("day", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("is_void", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "unit_id", "contract_id", "from_at", "to_at"),
    Index(None, "organization_id", "day", "unit_id"),
    Index(None, "organization_id", "contract_id", "day"),
    info={"by_customer": True},
)

# Where a channel's walk may begin for spans from `day` on. Without a reference: at its first read.
channel_states = Table(
    "channel_states",
    metadata,
    _owner(),
    _id("channel_id"),
    Column("day", Date, nullable=False),
    instant("begins_at"),
    instant("decided_by_at"),
    instant("serves_from_at", nullable=True),
    Column("register_kwh", String),
    Column("terms", Text),
    PrimaryKeyConstraint("organization_id", "channel_id", "day"),
)

day_closings = Table(
    "day_closings",
    metadata,
    _owner(),
    Column("day", Date, nullable=False),
    Column("span_count", Integer, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    instant("closed_at"),
    PrimaryKeyConstraint("organization_id", "day"),
)

# Units whose closed days must be derived again: since which late read, up to which, and other facts likewise.
marks = Table(
    "marks",
    metadata,
    _owner(),
    _id("unit_id"),
    instant("reads_from", nullable=True),
    instant("reads_to", nullable=True),
    instant("facts_from", nullable=True),
    instant("facts_to", nullable=True),
    PrimaryKeyConstraint("organization_id", "unit_id"),
)

# `seen_until` is the end of the last scan that showed the unit, on `site_id`.
unit_states = Table(
    "unit_states",
    metadata,
    _owner(),
    _id("unit_id"),
    Column("state", String, nullable=False),
    Column("hashrate_ths", String, nullable=False),
    instant("since_at"),
    instant("seen_at"),
    Column("site_id", Uuid),
    instant("seen_until", nullable=True),
    PrimaryKeyConstraint("organization_id", "unit_id"),
    Index("ix_unit_states_seen", "organization_id", "site_id", "seen_until"),
)
