"""The table of what PDUs say of their outlets."""

from __future__ import annotations

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Table, Uuid

from common.plumbing import instant
from metering.store.tables import metadata

# The newest word of a collector: `since_at` is when name and state were first seen so.
pdu_outlets = Table(
    "pdu_outlets",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("pdu_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    instant("since_at"),
    instant("seen_at"),
    PrimaryKeyConstraint("organization_id", "pdu_id", "position"),
)
