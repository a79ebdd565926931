"""Tables of the identity service. `scope: gate` marks what may be read before the organization of a caller is known."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.plumbing import instant
from identity.store.access_tables import (
    approvals,
    audit_entries,
    custom_roles,
    email_changes,
    invitations,
    links,
    mails,
    passkeys,
    portal_views,
    recovery_codes,
    sso_providers,
    totps,
)
from identity.store.schema import metadata, organization
from identity.store.webhook_tables import webhook_deliveries, webhooks

__all__ = [
    "advances",
    "api_keys",
    "approvals",
    "attempts",
    "audit_entries",
    "custom_roles",
    "customers",
    "email_changes",
    "hosts",
    "invitations",
    "issuing_entities",
    "links",
    "logos",
    "mails",
    "members",
    "metadata",
    "passkeys",
    "portal_views",
    "recovery_codes",
    "sessions",
    "slugs",
    "sso_providers",
    "totps",
    "webhook_deliveries",
    "webhooks",
]

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
    Column("billing_email", String),
    Column("locale", String, nullable=False, server_default="en-US"),
    Column("team_name", String),
    Column("slogan", String),
    Column("primary_colour", String),
    Column("accent_colour", String),
    Column("four_eyes", ARRAY(String), nullable=False, server_default="{}"),
    instant("clock_at", nullable=True),
    Column("version", Integer, nullable=False),
    instant("created_at", default="clock_timestamp()"),
    info={"audited": "people"},
)

# The logo as it was drawn anew here: anybody who knows the address of the portal may see it.
logos = Table(
    "logos",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("png", LargeBinary, nullable=False),
    info={"scope": "gate", "audited": True},
)

# The legal persons that an organization bills as.
issuing_entities = Table(
    "issuing_entities",
    metadata,
    organization(),
    Column("entity_id", Uuid, nullable=False),
    Column("legal_name", String, nullable=False),
    Column("address", ARRAY(String), nullable=False),
    Column("country", String, nullable=False),
    Column("tax_ids", JSONB, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "entity_id"),
    UniqueConstraint("organization_id", "legal_name"),
    Index("uq_issuing_entities_default", "organization_id", unique=True, postgresql_where=text("is_default")),
    info={"audited": True},
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
    organization(),
    Column("member_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("home_id", Uuid, nullable=False),
    Column("email", String, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("role_id", Uuid),
    Column("customer_id", Uuid),
    Column("password_hash", String, info={"audited": "hidden"}),
    Column("version", Integer, nullable=False, server_default="1"),
    instant("created_at", default="clock_timestamp()"),
    Column("signed_in_at", DateTime(timezone=True), info={"audited": "no"}),
    PrimaryKeyConstraint("organization_id", "member_id"),
    UniqueConstraint("organization_id", "person_id"),
    UniqueConstraint("organization_id", "email"),
    Index("uq_members_owner", "organization_id", unique=True, postgresql_where=text("role = 'owner'")),
    info={"by_customer": True, "audited": True},
)

# `level`: pending (the second factor is still to come), password, strong. `view_id`: somebody looks as a customer.
# Audited: who signed in, from where, and how it ended.
sessions = Table(
    "sessions",
    metadata,
    organization(),
    Column("session_id", Uuid, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("audience", String, nullable=False, server_default="host"),
    Column("level", String, nullable=False, server_default="password"),
    Column("view_id", Uuid),
    Column("address", String),
    Column("agent", String),
    instant("started_at"),
    Column("seen_at", DateTime(timezone=True), nullable=False, info={"audited": "no"}),
    instant("shown_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "session_id"),
    Index("uq_sessions_token_sha256", "token_sha256", unique=True),
    info={"scope": "gate", "audited": True},
)

api_keys = Table(
    "api_keys",
    metadata,
    organization(),
    Column("key_id", Uuid, nullable=False),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("prefix", String, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String),
    Column("permissions", ARRAY(String), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("site_id", Uuid),
    Column("rate_per_minute", Integer),
    Column("replaces_id", Uuid),
    Column("expires_on", Date),
    instant("ends_at", nullable=True),
    Column("last_used_at", DateTime(timezone=True), info={"audited": "no"}),
    instant("created_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "key_id"),
    Index("uq_api_keys_key_sha256", "key_sha256", unique=True),
    Index("ix_api_keys_replaces", "organization_id", "replaces_id"),
    info={"scope": "gate", "audited": True},
)

# Attempts to sign in, by hash of the address or e-mail: whether that person exists does not show here.
attempts = Table(
    "sign_in_attempts",
    metadata,
    organization(),
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
    organization(),
    Column("customer_id", Uuid, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)
