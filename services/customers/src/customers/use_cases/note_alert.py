"""An alert about a customer's unit: kept and mailed as far as the customer wants to hear of it (CM-29)."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from common.money import exact_of
from customers.store import alerts, copies, customers
from customers.store.mails import Letter
from events.metering import AlertRaised


async def note_alert(tx: Tx, organization_id: UUID, event: AlertRaised) -> list[Letter]:
    """What is the host's alone (no customer) is none of ours. Answers the mail that follows."""
    if event.customer_id is None:
        return []
    preferences = await alerts.preferences(tx, event.customer_id)
    if not preferences.wants(event.kind, exact_of(event.observed) if event.observed is not None else None):
        return []
    values = {"alert_id": event.alert_id, "customer_id": event.customer_id, "unit_id": event.unit_id}
    said = {"kind": event.kind, "severity": event.severity, "text": event.detail, "raised_at": event.opened_at}
    is_new = await alerts.raise_alert(tx, {"organization_id": organization_id} | values | said)
    if not (is_new and preferences.by_mail):
        return []
    customer = await customers.get(tx, event.customer_id)
    name = await copies.name_of_unit(tx, event.unit_id) if event.unit_id else None
    subject = f"{event.severity.capitalize()}: {name or 'a unit'} {event.kind.replace('_', ' ')}"
    return [Letter(customer.id, f"alert-{event.alert_id}", customer.contact_email, subject, event.detail)]
