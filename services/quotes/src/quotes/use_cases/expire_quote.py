"""Nobody accepted in time."""

from uuid import UUID

from common.db import Tx
from quotes.domain.quote import State
from quotes.store import quotes


async def expire_quote(tx: Tx, quote_id: UUID) -> State:
    """Safe to repeat; one that was accepted meanwhile stays accepted. Answers the state it is left in."""
    before = await quotes.get(tx, quote_id, for_change=True)
    after = before.expired()
    if after is not before:
        await quotes.save(tx, after)
    return after.state
