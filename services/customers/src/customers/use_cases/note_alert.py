"""An alert: kept for the customer concerned, and told to whoever wants mail of it (CM-29)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.money import exact_of
from customers.store import alert_mails, alerts, customers
from customers.use_cases.mail_alerts import tell
from events.metering import AlertRaised, SiteFeedStopped


async def note_alert(tx: Tx, organization_id: UUID, event: AlertRaised) -> None:
    """What is the host's alone (no customer) is for its staff alone."""
    values = {"alert_id": event.alert_id, "unit_id": event.unit_id, "kind": event.kind, "severity": event.severity}
    said = values | {"organization_id": organization_id, "text": event.detail}
    if event.customer_id is not None and await _is_for_customer(tx, event.customer_id, event, said):
        await tell(tx, said | {"recipient_id": event.customer_id, "customer_id": event.customer_id}, event.opened_at)
    await _tell_staff(tx, said, event.opened_at)


async def note_silence(tx: Tx, organization_id: UUID, event: SiteFeedStopped) -> None:
    """A site's telemetry has stopped: the host's own business."""
    values = {"alert_id": event.alert_id, "site_id": event.site_id, "kind": "telemetry_silent"}
    said = values | {"organization_id": organization_id, "severity": event.severity, "text": event.detail}
    await _tell_staff(tx, said, event.opened_at)


async def _is_for_customer(tx: Tx, customer_id: UUID, event: AlertRaised, said: dict[str, Any]) -> bool:
    """Keeps the alert as far as the customer wants to hear of it; answers whether by mail, too."""
    preferences = await alerts.preferences(tx, customer_id)
    if not preferences.wants(event.kind, exact_of(event.observed) if event.observed is not None else None):
        return False
    await customers.get(tx, customer_id)
    is_new = await alerts.raise_alert(tx, said | {"customer_id": customer_id, "raised_at": event.opened_at})
    return is_new and preferences.by_mail


async def _tell_staff(tx: Tx, said: dict[str, Any], at: datetime) -> None:
    if (await alert_mails.settings(tx)).staff_email is not None:
        await tell(tx, said | {"recipient_id": said["organization_id"]}, at)
