"""Announcements: scheduled as a job of their instant, addressed when it has come (CM-30)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx
from common.http import Stale
from common.outbox import publish
from customers.domain.announcement import Announcement, State
from customers.store import announcements
from customers.store.mails import Letter
from events.customers import AnnouncementSent

PUBLISH = "publish_announcement"


async def change_announcement(tx: Tx, announcement_id: UUID, changes: dict[str, object], version: int) -> Announcement:
    after = (await _in_version(tx, announcement_id, version)).changed(**changes)
    await announcements.save(tx, after)
    return after


async def schedule_announcement(
    tx: Tx, organization_id: UUID, announcement_id: UUID, publish_at: datetime | None, *, at: datetime
) -> Announcement:
    """Without an instant it goes out now, by the same job."""
    after = (await announcements.get(tx, announcement_id, for_change=True)).scheduled(publish_at or at, at)
    await announcements.save(tx, after)
    assert after.publish_at is not None
    target = (PUBLISH, f"announcement/{announcement_id}")
    payload = {"announcement_id": str(announcement_id)}
    await wakeups.job(tx, organization_id, target, at=after.publish_at, payload=payload)
    return after


async def cancel_announcement(tx: Tx, announcement_id: UUID) -> Announcement:
    after = (await announcements.get(tx, announcement_id, for_change=True)).cancelled()
    await announcements.save(tx, after)
    return after


async def send_announcement(tx: Tx, organization_id: UUID, announcement_id: UUID, *, at: datetime) -> list[Letter]:
    """Due now: to whom it reaches now. One that was moved or cancelled meanwhile does nothing. Answers its mails."""
    announcement = await announcements.get(tx, announcement_id, for_change=True)
    if announcement.state is not State.SCHEDULED or announcement.publish_at != at:
        return []
    reached = await announcements.reached(tx, announcement.audience)
    await announcements.address_to(tx, organization_id, announcement_id, [row.customer_id for row in reached])
    await announcements.save(tx, announcement.sent(at))
    sent = AnnouncementSent(announcement_id=announcement_id, title=announcement.title, recipients=len(reached))
    await publish(tx, organization_id, sent, at=at, source="customers")
    if not announcement.by_mail:
        return []
    return [_letter(announcement, row.customer_id, row.contact_email) for row in reached]


def _letter(announcement: Announcement, customer_id: UUID, address: str) -> Letter:
    """To the contact address: the billing address is for invoices (CM-10)."""
    cause = f"announcement-{announcement.id}-{customer_id}"
    return Letter(customer_id, cause, address, announcement.title, announcement.text)


async def _in_version(tx: Tx, announcement_id: UUID, version: int) -> Announcement:
    found = await announcements.get(tx, announcement_id, for_change=True)
    if found.version != version:
        raise Stale("The announcement was changed meanwhile.", field="If-Match", remedy="read it again")
    return found
