"""What stood before a later revision or amendment, so that an old invoice can still be explained (SF-01)."""

from sqlalchemy import Column, Date, Integer, LargeBinary, PrimaryKeyConstraint, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from common.plumbing import instant
from invoicing.store.schema import metadata, organization

former_spans = Table(
    "former_spans",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("unit_id", Uuid, nullable=False),
    instant("from_at"),
    Column("day", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    instant("recorded_at"),
    instant("replaced_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "contract_id", "unit_id", "from_at", "revision"),
    info={"append_only": True},
)

former_terms = Table(
    "former_terms",
    metadata,
    organization(),
    Column("contract_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("terms", JSONB, nullable=False),
    instant("replaced_at", default="clock_timestamp()"),
    PrimaryKeyConstraint("organization_id", "contract_id", "version"),
    info={"append_only": True},
)
