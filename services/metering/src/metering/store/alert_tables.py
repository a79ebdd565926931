"""Tables of alerts: conditions that are being watched, and what was raised."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, Uuid, text

from common.plumbing import instant
from metering.store.tables import metadata

NOBODY = UUID(int=0)
"""Whose threshold it is, where it is the host's rule."""


def _asked_by() -> Column[UUID]:
    return Column("asked_by_id", Uuid, nullable=False, server_default=str(NOBODY))


# `customer_id` is the customer who may see the alert; none where it is the host's alone. `asked_by_id` is the customer
# whose own threshold is past: such an alert stands beside the host's about the same unit.
alerts = Table(
    "alerts",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("alert_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("severity", String, nullable=False),
    Column("unit_id", Uuid),
    Column("pdu_id", Uuid),
    Column("contract_id", Uuid),
    Column("customer_id", Uuid),
    Column("site_id", Uuid),
    instant("opened_at"),
    instant("closed_at", nullable=True),
    Column("observed", String),
    Column("threshold", String),
    Column("detail", Text, nullable=False),
    _asked_by(),
    PrimaryKeyConstraint("organization_id", "alert_id"),
    Index(
        "uq_alerts_open",
        "organization_id",
        "kind",
        "subject_id",
        "asked_by_id",
        unique=True,
        postgresql_where=text("closed_at is null"),
    ),
    Index("ix_alerts_by_opening", "organization_id", "opened_at", "alert_id"),
    Index("ix_alerts_by_unit", "organization_id", "unit_id", "alert_id"),
    Index("ix_alerts_by_customer", "organization_id", "customer_id", "alert_id"),
    info={"by_customer": True},
)

# One row while something is wrong, or not right again for long enough: since when, and until when it was looked at.
alert_conditions = Table(
    "alert_conditions",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    instant("since_at"),
    instant("well_since_at", nullable=True),
    instant("seen_at"),
    Column("alert_id", Uuid),
    _asked_by(),
    PrimaryKeyConstraint("organization_id", "kind", "subject_id", "asked_by_id"),
)

# Until when the quarter hours of a contract with a power cap were looked at.
cap_looks = Table(
    "cap_looks",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    instant("until_at"),
    PrimaryKeyConstraint("organization_id", "contract_id"),
)

# A copy of what customers want to be told of their units, and from which threshold on; newer versions win.
alert_preferences = Table(
    "alert_preferences",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("offline_minutes", Integer),
    Column("low_hashrate_percent", String),
    Column("temperature_c", String),
    PrimaryKeyConstraint("organization_id", "customer_id"),
    info={"by_customer": True},
)
