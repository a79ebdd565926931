"""Alerts about customers' units, and what each customer wants to hear of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from common.listing import Listing, Page
from customers.domain.alert import AlertPreferences
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


LISTING = Listing(
    key=[alerts.c.alert_id],
    sorts={"added": alerts.c.alert_id, "raised_at": alerts.c.raised_at, "cleared_at": alerts.c.cleared_at},
    filters={
        "is_open": lambda yes: alerts.c.cleared_at.is_(None) if yes else alerts.c.cleared_at.is_not(None),
        "kind": alerts.c.kind.in_,
        "severity": alerts.c.severity.in_,
        "unit_id": alerts.c.unit_id.__eq__,
        "raised_from_at": alerts.c.raised_at.__ge__,
        "raised_to_at": alerts.c.raised_at.__lt__,
    },
    usual="-added",
)


async def page(tx: Tx, customer_id: UUID, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """A customer's alerts."""
    return await page.read(tx, select(alerts).where(alerts.c.customer_id == customer_id), wanted)
