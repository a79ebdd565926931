"""What a customer wants to be told of its units (CM-29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from customers.domain.alert import AlertPreferences
from customers.store import alerts, customers
from events.customers import AlertPreferencesChanged


async def set_alert_preferences(
    tx: Tx, organization_id: UUID, wanted: AlertPreferences, *, version: int, at: datetime
) -> AlertPreferences:
    """`version` is the one that was read, 0 where nothing was set before."""
    (await customers.get(tx, wanted.customer_id)).check_stands()
    after = replace(wanted, version=version + 1)
    await alerts.save_preferences(tx, organization_id, after)
    numbers = {name: getattr(after, name) for name in ("low_hashrate_percent", "temperature_c")}
    changed = AlertPreferencesChanged(
        customer_id=after.customer_id,
        version=after.version,
        offline_minutes=after.offline_minutes,
        by_mail=after.by_mail,
        **{name: None if value is None else f"{value:f}" for name, value in numbers.items()},
    )
    await publish(tx, organization_id, changed, at=at, source="customers")
    return after
