"""How the rest of the service sends mail: kept in its transaction, sent by the workflow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx
from customers.store import mails
from customers.store.mails import Letter

WORKFLOW = "Post"


def workflow_id(batch_id: UUID) -> str:
    """One per batch: the message, announcement or alert that the mails are about."""
    return f"post/{batch_id}"


async def post(tx: Tx, organization_id: UUID, batch_id: UUID, letters: Sequence[Letter], *, at: datetime) -> None:
    if not letters:
        return
    await mails.add(tx, organization_id, batch_id, letters)
    target, args = (WORKFLOW, workflow_id(batch_id)), {"batch_id": str(batch_id)}
    await wakeups.start(tx, organization_id, target, at=at, reason="written", args=args)
