"""An accepted quote becomes a contract draft (CB-26, CB-87)."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.use_cases.draft_from_quote import draft_from_quote
from events.envelope import Envelope
from events.quotes import QuoteAccepted

router = EventRouter()


@router.on(QuoteAccepted)
async def accepted(tx: Tx, event: QuoteAccepted, envelope: Envelope) -> None:
    await draft_from_quote(tx, envelope.organization_id, event, at=envelope.time)
