"""A mail that its server will never take: noted where it is shown, and told to the host."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.organizations import business_now
from common.outbox import publish
from customers.store import mails
from events.customers import CustomerMailRefused


async def refuse_mail(tx: Tx, organization_id: UUID, mail: Any, refusal: str, *, at: datetime) -> None:
    """`at` is real time; the fact carries business time, as all of them do. Of the staff's own mail the log tells."""
    await mails.note_refused(tx, mail.mail_id, refusal, at)
    if mail.customer_id is None:
        return
    about = {"customer_id": mail.customer_id, "mail_id": mail.mail_id, "email": mail.to_address}
    refused = CustomerMailRefused(**about, subject=mail.subject, reason=refusal)
    now_at = await business_now(tx, organization_id)
    await publish(tx, organization_id, refused, at=now_at, source="customers")
