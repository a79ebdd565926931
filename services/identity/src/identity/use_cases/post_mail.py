"""Put a mail on its way: it leaves after the transaction, whether or not the server takes it just now."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.letters import Letter
from identity.domain.sealed import MAIL
from identity.gateways.sealing import Sealing
from identity.store import invitations, mails


async def post_mail(
    tx: Tx, organization_id: UUID, letter: Letter, sealing: Sealing, *, now_at: datetime, about_id: UUID | None = None
) -> None:
    plain = json.dumps({"to": letter.to, "subject": letter.subject, "text": letter.text}).encode()
    await mails.add(tx, organization_id, new_id(), sealing.seal(plain, MAIL), about_id=about_id, now_at=now_at)


async def note_refused(tx: Tx, mail_id: UUID, reason: str, *, now_at: datetime) -> None:
    """The server will never take this one: nobody waits for it any more, and whoever invited sees why."""
    about_id = await mails.remove(tx, mail_id)
    if about_id is not None:
        await invitations.note_refused(tx, about_id, reason, now_at)


def opened(sealed: bytes, sealing: Sealing) -> Letter:
    return Letter(**json.loads(sealing.opened(sealed, MAIL)))
