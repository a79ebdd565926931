"""What customers say of how they want to be told of their units (CM-29)."""

from __future__ import annotations

from common.consuming import EventRouter
from common.db import Tx
from events.customers import AlertPreferencesChanged
from events.envelope import Envelope
from metering.store import preferences

router = EventRouter()


@router.on(AlertPreferencesChanged)
async def preferences_changed(tx: Tx, event: AlertPreferencesChanged, envelope: Envelope) -> None:
    """The customer is told of its units by its own thresholds from the next scan on."""
    names = {"customer_id", "version", "offline_minutes", "low_hashrate_percent", "temperature_c"}
    await preferences.keep(tx, envelope.organization_id, event.model_dump(include=names))
