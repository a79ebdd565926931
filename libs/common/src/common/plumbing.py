"""The tables every service has beside its own: outbox, inbox, dead letters, wakeups, keys, organizations."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.schema import Column, Identity, Index, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.types import BigInteger, Boolean, DateTime, Integer, LargeBinary, String, Text, UserDefinedType, Uuid

NAMING = {
    "ix": "ix_%(column_0_N_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}  # fmt: skip


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, kept so that the relay never overtakes an open transaction."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that a migrated table can be compared with its declaration
PLUMBING_TABLES = ("outbox", "inbox", "dead_letters", "wakeups", "idempotency_keys", "organizations")


def instant(name: str, *, nullable: bool = False, default: str | None = None) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=text(default) if default else None)


def _columns(**types: Any) -> list[Column[Any]]:
    """Columns that always hold a value, by name and type."""
    return [Column(name, kind, nullable=False) for name, kind in types.items()]


def plumbing(metadata: MetaData) -> None:
    """Declare the shared tables in a service's metadata."""
    _events(metadata)
    _work(metadata)
    Table(
        "organizations", metadata,
        Column("organization_id", Uuid, primary_key=True),
        *_columns(slug=String, name=String, timezone=String, currency=String, billing_day=Integer, due_days=Integer),
        Column("default_rate_per_kwh", String),
        Column("is_test", Boolean, nullable=False),
        instant("clock_at", nullable=True),
        Column("version", Integer, nullable=False, server_default="1"),
    )  # fmt: skip


def _events(metadata: MetaData) -> None:
    Table(
        "outbox", metadata,
        Column("seq", BigInteger, Identity(), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        *_columns(organization_id=Uuid, topic=String, key=String, headers=JSONB, body=LargeBinary),
        Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
        instant("created_at", default="clock_timestamp()"), instant("published_at", nullable=True),
        Index("ix_outbox_unpublished", "seq", postgresql_where=text("published_at is null")),
    )  # fmt: skip
    Table(
        "inbox", metadata,
        *_columns(consumer=String, event_id=Uuid, organization_id=Uuid),
        instant("received_at", default="clock_timestamp()"),
        PrimaryKeyConstraint("consumer", "event_id"),
    )  # fmt: skip
    Table(
        "dead_letters", metadata,
        Column("id", Uuid, primary_key=True),
        *_columns(organization_id=Uuid, consumer=String, topic=String, partition=Integer, position=BigInteger),
        *_columns(key=String, headers=JSONB, body=LargeBinary, error=Text),
        Column("state", String, nullable=False, server_default="open"),
        instant("created_at", default="clock_timestamp()"),
        UniqueConstraint("consumer", "topic", "partition", "position"),
        Index("ix_dead_letters_open", "consumer", "topic", "key", postgresql_where=text("state = 'open'")),
    )  # fmt: skip


def _work(metadata: MetaData) -> None:
    Table(
        "wakeups", metadata,
        Column("id", Uuid, primary_key=True),
        *_columns(organization_id=Uuid, kind=String, target=String, target_id=String, payload=JSONB),
        Column("trace", JSONB, nullable=False, server_default="{}"),
        instant("due_at"),
        Column("state", String, nullable=False, server_default="waiting"),
        Column("attempts", Integer, nullable=False, server_default="0"), Column("error", Text),
        instant("created_at", default="clock_timestamp()"),
        Index("ix_wakeups_open", "due_at", postgresql_where=text("state <> 'done'")),
        Index("uq_wakeups_timer", "organization_id", "target_id", unique=True, postgresql_where=text("kind = 'timer'")),
    )  # fmt: skip
    Table(
        "idempotency_keys", metadata,
        *_columns(organization_id=Uuid, subject=String, key=String, request_hash=String),
        Column("status", Integer), Column("headers", JSONB), Column("body", LargeBinary),
        instant("created_at", default="clock_timestamp()"),
        PrimaryKeyConstraint("organization_id", "subject", "key"),
    )  # fmt: skip
