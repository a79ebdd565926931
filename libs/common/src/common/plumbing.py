"""The tables every service has beside its own: outbox, inbox, dead letters, wakeups, keys, organizations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, kept so that the relay never overtakes an open transaction."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


PLUMBING_TABLES = ("outbox", "inbox", "dead_letters", "wakeups", "idempotency_keys", "organizations")


def instant(name: str, *, nullable: bool = False, default: str | None = None) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=text(default) if default else None)


def plumbing(metadata: MetaData) -> None:
    """Declare the shared tables in a service's metadata."""
    Table(
        "outbox",
        metadata,
        Column("seq", BigInteger, Identity(), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("organization_id", Uuid, nullable=False),
        Column("topic", String, nullable=False),
        Column("key", String, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
        instant("created_at", default="clock_timestamp()"),
        instant("published_at", nullable=True),
        Index("ix_outbox_unpublished", "seq", postgresql_where=text("published_at is null")),
    )
    Table(
        "inbox",
        metadata,
        Column("consumer", String, nullable=False),
        Column("event_id", Uuid, nullable=False),
        Column("organization_id", Uuid, nullable=False),
        instant("received_at", default="clock_timestamp()"),
        PrimaryKeyConstraint("consumer", "event_id"),
    )
    Table(
        "dead_letters",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("organization_id", Uuid, nullable=False),
        Column("consumer", String, nullable=False),
        Column("topic", String, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("key", String, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("error", Text, nullable=False),
        Column("state", String, nullable=False, server_default="open"),
        instant("created_at", default="clock_timestamp()"),
        UniqueConstraint("consumer", "topic", "partition", "position"),
        Index("ix_dead_letters_open", "consumer", "topic", "key", postgresql_where=text("state = 'open'")),
    )
    Table(
        "wakeups",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("organization_id", Uuid, nullable=False),
        Column("kind", String, nullable=False),
        Column("target", String, nullable=False),
        Column("target_id", String, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("trace", JSONB, nullable=False, server_default="{}"),
        instant("due_at"),
        Column("state", String, nullable=False, server_default="waiting"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("error", Text),
        instant("created_at", default="clock_timestamp()"),
        Index("ix_wakeups_open", "due_at", postgresql_where=text("state <> 'done'")),
        Index("uq_wakeups_timer", "organization_id", "target_id", unique=True, postgresql_where=text("kind = 'timer'")),
    )
    Table(
        "idempotency_keys",
        metadata,
        Column("organization_id", Uuid, nullable=False),
        Column("subject", String, nullable=False),
        Column("key", String, nullable=False),
        Column("request_hash", String, nullable=False),
        Column("status", Integer),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        instant("created_at", default="clock_timestamp()"),
        PrimaryKeyConstraint("organization_id", "subject", "key"),
    )
    Table(
        "organizations",
        metadata,
        Column("organization_id", Uuid, primary_key=True),
        Column("slug", String, nullable=False),
        Column("name", String, nullable=False),
        Column("timezone", String, nullable=False),
        Column("currency", String, nullable=False),
        Column("billing_day", Integer, nullable=False),
        Column("due_days", Integer, nullable=False),
        Column("default_rate_per_kwh", String),
        Column("is_test", Boolean, nullable=False),
        instant("clock_at", nullable=True),
        Column("version", Integer, nullable=False, server_default="1"),
    )
