"""Put a mail on its way: it leaves after the transaction, whether or not the server takes it just now."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.letters import Letter
from identity.gateways.sealing import Sealing
from identity.store import mails

_PURPOSE = "mail"


async def post_mail(tx: Tx, organization_id: UUID, letter: Letter, sealing: Sealing, *, now_at: datetime) -> None:
    plain = json.dumps({"to": letter.to, "subject": letter.subject, "text": letter.text}).encode()
    await mails.add(tx, organization_id, new_id(), sealing.seal(plain, _PURPOSE), now_at=now_at)


def opened(sealed: bytes, sealing: Sealing) -> Letter:
    return Letter(**json.loads(sealing.opened(sealed, _PURPOSE)))
