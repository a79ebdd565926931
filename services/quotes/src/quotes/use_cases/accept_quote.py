"""The buyer accepts: a contract draft follows from the fact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.quotes import QuoteAccepted, QuotedItem
from quotes.domain.quote import Quote
from quotes.store import copies, quotes
from quotes.store.wire import text_of


async def accept_quote(
    tx: Tx, organization_id: UUID, quote_id: UUID, customer_id: UUID | None, *, at: datetime
) -> Quote:
    """Once, and before it expires; a prospect is a customer by now."""
    before = await quotes.get(tx, quote_id, for_change=True)
    if customer_id is not None:
        await copies.customer(tx, customer_id)
    quote = before.accepted(customer_id, at)
    await quotes.save(tx, quote)
    await publish(tx, organization_id, _fact(quote), at=at, source="quotes")
    return quote


def _fact(quote: Quote) -> QuoteAccepted:
    assert quote.buyer.customer_id is not None
    return QuoteAccepted(
        quote_id=quote.id,
        number=quote.number,
        customer_id=quote.buyer.customer_id,
        fulfilment=quote.fulfilment.value,
        term=quote.term.value,
        rate_per_kwh=f"{quote.rate_per_kwh:f}",
        site_id=quote.site_id,
        currency=quote.currency,
        items=[
            QuotedItem(
                name=item.name,
                quantity=item.quantity,
                unit_price=f"{item.unit_price.amount:f}",
                hashrate_ths=text_of(item.rating.hashrate_ths),
                power_w=text_of(item.rating.power_w),
                efficiency_jth=text_of(item.rating.shown_efficiency_jth),
            )
            for item in quote.items
        ],
    )
