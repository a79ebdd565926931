"""Alerts about customers' units and the host's own, by metering's facts (CM-29)."""

from common.consuming import EventRouter
from common.db import Tx
from customers.store import alerts
from customers.use_cases.mail_alerts import tell_over
from customers.use_cases.note_alert import note_alert, note_silence
from events.envelope import Envelope
from events.metering import AlertCleared, AlertRaised, SiteFeedResumed, SiteFeedStopped

router = EventRouter()


@router.on(AlertRaised)
async def raised(tx: Tx, event: AlertRaised, envelope: Envelope) -> None:
    await note_alert(tx, envelope.organization_id, event)


@router.on(AlertCleared)
async def cleared(tx: Tx, event: AlertCleared, envelope: Envelope) -> None:
    await alerts.clear_alert(tx, event.alert_id, event.closed_at)
    await tell_over(tx, envelope.organization_id, event.alert_id, event.closed_at)


@router.on(SiteFeedStopped)
async def stopped(tx: Tx, event: SiteFeedStopped, envelope: Envelope) -> None:
    await note_silence(tx, envelope.organization_id, event)


@router.on(SiteFeedResumed)
async def resumed(tx: Tx, event: SiteFeedResumed, envelope: Envelope) -> None:
    await tell_over(tx, envelope.organization_id, event.alert_id, event.closed_at)
