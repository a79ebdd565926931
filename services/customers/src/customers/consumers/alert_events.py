"""Alerts about customers' units, by metering's facts (CM-29)."""

from common.consuming import EventRouter
from common.db import Tx
from customers.store import alerts
from customers.use_cases.note_alert import note_alert
from customers.workflows.post.client import post
from events.envelope import Envelope
from events.metering import AlertCleared, AlertRaised

router = EventRouter()


@router.on(AlertRaised)
async def raised(tx: Tx, event: AlertRaised, envelope: Envelope) -> None:
    letters = await note_alert(tx, envelope.organization_id, event)
    await post(tx, envelope.organization_id, event.alert_id, letters, at=envelope.time)


@router.on(AlertCleared)
async def cleared(tx: Tx, event: AlertCleared, _: Envelope) -> None:
    await alerts.clear_alert(tx, event.alert_id, event.closed_at)
