"""Alerts about customers' units, and what each customer wants to hear of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from customers.domain.alert import AlertPreferences
from customers.store.places import id_at
from customers.store.talk_tables import alert_preferences, alerts

_FIELDS = ("offline_minutes", "low_hashrate_percent", "temperature_c", "by_mail", "version")


async def preferences(tx: Tx, customer_id: UUID) -> AlertPreferences:
    """The customer's own, or what holds for everybody (version 0)."""
    query = select(alert_preferences).where(alert_preferences.c.customer_id == customer_id)
    row = (await tx.execute(query)).first()
    if row is None:
        return AlertPreferences(customer_id)
    return AlertPreferences(customer_id, **{name: getattr(row, name) for name in _FIELDS})


async def save_preferences(tx: Tx, organization_id: UUID, preferences: AlertPreferences) -> None:
    values = {name: getattr(preferences, name) for name in _FIELDS}
    query = upsert(alert_preferences).values(
        organization_id=organization_id, customer_id=preferences.customer_id, **values
    )
    unchanged = alert_preferences.c.version == preferences.version - 1
    keys = ["organization_id", "customer_id"]
    if (await tx.execute(query.on_conflict_do_update(index_elements=keys, set_=values, where=unchanged))).rowcount != 1:
        raise Stale("The thresholds were changed meanwhile.", remedy="read them again and repeat the change")


async def raise_alert(tx: Tx, values: dict[str, Any]) -> bool:
    """Keep an alert; false when it was known before."""
    done = await tx.execute(upsert(alerts).values(**values).on_conflict_do_nothing())
    return bool(done.rowcount)


async def clear_alert(tx: Tx, alert_id: UUID, at: datetime) -> None:
    await tx.execute(update(alerts).where(alerts.c.alert_id == alert_id).values(cleared_at=at))


async def after(tx: Tx, customer_id: UUID, cursor: str | None, limit: int, *, only_open: bool = False) -> Sequence[Any]:
    """A customer's alerts, the newest first."""
    query = select(alerts).where(alerts.c.customer_id == customer_id).order_by(alerts.c.alert_id.desc())
    if only_open:
        query = query.where(alerts.c.cleared_at.is_(None))
    if cursor is not None:
        query = query.where(alerts.c.alert_id < id_at(cursor))
    return (await tx.execute(query.limit(limit + 1))).all()
