"""Tables of the identity service. `scope: gate` marks what may be read before the organization of a caller is known."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from common.plumbing import NAMING, instant, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

# The master of the shared `organizations` copies; identity has such a copy too, filled by its own events.
hosts = Table(
    "hosts",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("name", String, nullable=False),
    Column("slug", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("billing_day", Integer, nullable=False),
    Column("due_days", Integer, nullable=False),
    Column("default_rate_per_kwh", Numeric(24, 12)),
    instant("clock_at", nullable=True),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
)

# Short names are one namespace for all organizations; old ones stay, so that links keep working.
slugs = Table(
    "slugs",
    metadata,
    Column("slug", String, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    info={"scope": "gate"},
)

members = Table(
    "members",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("home_id", Uuid, nullable=False),
    Column("email", String, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("customer_id", Uuid),
    Column("password_hash", String),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "member_id"),
    UniqueConstraint("organization_id", "person_id"),
    UniqueConstraint("organization_id", "email"),
    info={"by_customer": True},
)

sessions = Table(
    "sessions",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("person_id", Uuid, nullable=False),
    instant("started_at"),
    instant("seen_at"),
    PrimaryKeyConstraint("organization_id", "session_id"),
    Index("uq_sessions_token_sha256", "token_sha256", unique=True),
    info={"scope": "gate"},
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("prefix", String, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String),
    Column("permissions", ARRAY(String), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("expires_on", Date),
    instant("last_used_at", nullable=True),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "key_id"),
    Index("uq_api_keys_key_sha256", "key_sha256", unique=True),
    info={"scope": "gate"},
)

# Attempts to sign in, by hash of the address or e-mail: whether that person exists does not show here.
attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("subject_sha256", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("last_at"),
    PrimaryKeyConstraint("organization_id", "subject_sha256"),
)

# Where a running clock goes. The driver looks for its work in all organizations (scope system, reading alone).
advances = Table(
    "clock_advances",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    instant("target_at"),
    instant("requested_at", default="clock_timestamp()"),
    info={"scope": "system"},
)

# A copy from customers: whose people may sign in.
customers = Table(
    "customers",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)
