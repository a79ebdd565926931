"""Send a quote: from here on it is an offer that stands until it expires (CB-100)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.organizations import organization
from common.outbox import publish
from events.quotes import QuoteSent
from quotes.domain.quote import Quote
from quotes.store import quotes
from quotes.store.wire import text_of
from quotes.use_cases.compose import buyer_of


async def send_quote(tx: Tx, organization_id: UUID, quote_id: UUID, *, at: datetime) -> Quote:
    """The address is the one the customer has now. Mail and expiry are the workflow's, which the caller starts."""
    draft = await quotes.get(tx, quote_id, for_change=True)
    if draft.buyer.customer_id is not None:
        draft = replace(draft, buyer=await buyer_of(tx, draft.buyer.customer_id, None))
    quote = draft.sent((await organization(tx, organization_id)).timezone, at)
    await quotes.save(tx, quote)
    assert quote.buyer.email is not None
    sent = QuoteSent(
        quote_id=quote.id,
        number=quote.number,
        buyer_email=quote.buyer.email,
        total=text_of(quote.priced.total.amount) or "",
        currency=quote.currency,
    )
    await publish(tx, organization_id, sent, at=at, source="quotes")
    return quote
