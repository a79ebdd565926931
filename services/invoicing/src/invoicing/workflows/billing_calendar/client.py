"""How an organization's billing calendar is started and told of new settings."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "BillingCalendar"


def workflow_id(organization_id: UUID) -> str:
    """One calendar per organization."""
    return f"billing/{organization_id}"


async def begin(tx: Tx, organization_id: UUID, *, at: datetime, reason: str, since: datetime | None = None) -> None:
    """Start it, for an organization that begins at `since`, or let it look at the settings anew."""
    target = (WORKFLOW, workflow_id(organization_id))
    args = {"since": since.isoformat()} if since else {}
    await wakeups.start(tx, organization_id, target, at=at, reason=reason, args=args)
