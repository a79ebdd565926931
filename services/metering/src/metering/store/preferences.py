"""What customers want to be told of their units: copies of facts of the customers service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.money import exact_of
from metering.domain.alert_rules import Preference
from metering.store.alert_tables import alert_preferences

_OF_UNITS = text("""
    select a.unit_id, p.customer_id, p.offline_minutes, p.low_hashrate_percent, p.temperature_c
    from assignments a join alert_preferences p
        on p.organization_id = a.organization_id and p.customer_id = a.customer_id
    where a.unit_id = any(:units) and a.from_at <= :at and (a.to_at is null or a.to_at > :at)
""")


async def keep(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> None:
    """Write down a customer's wishes if they are newer."""
    statement = insert(alert_preferences).values(organization_id=organization_id, **row)
    changed = {name: statement.excluded[name] for name in row if name != "customer_id"}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "customer_id"],
            set_=changed,
            where=alert_preferences.c.version < statement.excluded.version,
        )
    )


async def of_units(tx: Tx, units: Iterable[UUID], at: datetime) -> dict[UUID, Preference]:
    """By unit, the wishes of the customer whom it counts for at the instant; units without any are left out."""
    rows = await tx.execute(_OF_UNITS, {"units": list(units), "at": at})
    return {
        row.unit_id: Preference(
            row.customer_id,
            row.offline_minutes,
            None if row.low_hashrate_percent is None else exact_of(row.low_hashrate_percent),
            None if row.temperature_c is None else exact_of(row.temperature_c),
        )
        for row in rows
    }
