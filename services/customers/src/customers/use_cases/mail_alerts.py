"""Alerts by mail: one appointment for each recipient, and one mail with all that came until then (CM-29)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common import wakeups
from common.db import Tx
from common.organizations import business_now, organization
from customers.domain.alert_mail import digest
from customers.store import alert_mails, alerts, customers
from customers.store.mails import Letter

MAIL = "mail_alerts"


async def tell(tx: Tx, said: dict[str, Any], at: datetime) -> None:
    """An alert began at `at`, and the recipient is to hear of it in the next mail."""
    if await alert_mails.add_begun(tx, said | {"at": at}):
        is_urgent = said["severity"] == "critical"
        await _appoint(tx, said["organization_id"], said["recipient_id"], is_urgent=is_urgent)


async def tell_over(tx: Tx, organization_id: UUID, alert_id: UUID, at: datetime) -> None:
    """Who heard that it began, or will, hears that it is over; those who wanted no mail of it do not."""
    hearing = await alert_mails.add_over(tx, alert_id, at)
    for recipient_id in sorted(hearing, key=lambda one: one == organization_id):  # locks in the order of `note_alert`
        await _appoint(tx, organization_id, recipient_id, is_urgent=False)


async def mail_alerts(
    tx: Tx, organization_id: UUID, recipient_id: UUID, batch_id: UUID, *, due_at: datetime, is_second: bool
) -> list[Letter]:
    """The appointment has come: answers its mail. One that was moved to an earlier instant meanwhile does nothing."""
    known = await alert_mails.round_of(tx, organization_id, recipient_id)
    if known.due_at != due_at:
        return []
    now_at = await business_now(tx, organization_id)
    pace = (await alert_mails.settings(tx)).pace
    if pace.is_overtaken(due_at, now_at) and not is_second:
        await _meet(tx, organization_id, recipient_id, now_at + pace.gather, is_second=True)
        return []
    address = await _address(tx, organization_id, recipient_id)
    news = await alert_mails.waiting(tx, recipient_id)
    await alert_mails.note_mailed(tx, recipient_id, due_at)
    if address is None or not news:
        return []
    host = await organization(tx, organization_id)
    subject, text = digest(news, host.timezone)
    customer_id = None if recipient_id == organization_id else recipient_id
    page = "/auth" if customer_id is None else f"/host/{host.slug}/auth"
    return [Letter(customer_id, f"alerts-{batch_id}", address, subject, text, page=page)]


async def _address(tx: Tx, organization_id: UUID, recipient_id: UUID) -> str | None:
    """Where the mail goes; None where nobody wants it any more."""
    if recipient_id == organization_id:
        return (await alert_mails.settings(tx)).staff_email
    wants_mail = (await alerts.preferences(tx, recipient_id)).by_mail
    return (await customers.get(tx, recipient_id)).contact_email if wants_mail else None


async def _appoint(tx: Tx, organization_id: UUID, recipient_id: UUID, *, is_urgent: bool) -> None:
    """An appointment that stands already is kept, unless this one is earlier."""
    pace = (await alert_mails.settings(tx)).pace
    known = await alert_mails.round_of(tx, organization_id, recipient_id)
    now_at = await business_now(tx, organization_id)
    mail_at = pace.mail_at(now_at, known.last_mailed_at, is_urgent=is_urgent)
    if known.due_at is None or mail_at < known.due_at:
        await _meet(tx, organization_id, recipient_id, mail_at, is_second=False)


async def _meet(tx: Tx, organization_id: UUID, recipient_id: UUID, at: datetime, *, is_second: bool) -> None:
    await alert_mails.appoint(tx, recipient_id, at)
    payload = {"recipient_id": str(recipient_id), "is_second": is_second}
    await wakeups.job(tx, organization_id, (MAIL, f"alerts/{recipient_id}"), at=at, payload=payload)
