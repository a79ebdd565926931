"""How the rest of the service reaches a quote's workflow."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.clock import instant_text
from common.db import Tx

WORKFLOW = "QuoteLife"


def workflow_id(quote_id: UUID) -> str:
    """One life per quote."""
    return f"quote/{quote_id}"


async def begin(tx: Tx, organization_id: UUID, quote_id: UUID, *, expires_at: datetime, at: datetime) -> None:
    """Start it once the quote is sent."""
    args = {"quote_id": str(quote_id), "expires_at": instant_text(expires_at)}
    await wakeups.start(tx, organization_id, (WORKFLOW, workflow_id(quote_id)), at=at, reason="QuoteSent", args=args)


async def tell_accepted(tx: Tx, organization_id: UUID, quote_id: UUID, *, at: datetime) -> None:
    """End its wait: the buyer accepted."""
    target = (WORKFLOW, workflow_id(quote_id))
    await wakeups.signal(tx, organization_id, target, at=at, reason="QuoteAccepted", payload={})
