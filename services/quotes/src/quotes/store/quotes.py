"""Quotes to rows and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from quotes.domain.quote import Buyer, Fulfilment, Quote, QuoteTerm, State
from quotes.store.tables import quotes
from quotes.store.wire import fees_of_json, fees_to_json, item_of_json, item_to_json, priced_of_json, priced_to_json

_SAME = ("number", "rate_per_kwh", "currency", "site_id", "terms_text", "notes", "valid_days", "sent_at", "expires_at")
_SAME_TOO = ("accepted_at", "version")


def _of_row(row: Any) -> Quote:
    same = {name: getattr(row, name) for name in (*_SAME, *_SAME_TOO)}
    same["rate_per_kwh"] = row.rate_per_kwh.normalize()
    return Quote(
        id=row.quote_id,
        buyer=Buyer(row.buyer_name, row.buyer_email, row.customer_id),
        items=tuple(item_of_json(entry, row.currency) for entry in row.items),
        fulfilment=Fulfilment(row.fulfilment),
        term=QuoteTerm(row.term),
        fees=fees_of_json(row.fees, row.currency),
        priced=priced_of_json(row.priced, row.currency),
        state=State(row.state),
        **same,
    )


def _values(quote: Quote) -> dict[str, Any]:
    return {
        "customer_id": quote.buyer.customer_id,
        "buyer_name": quote.buyer.name,
        "buyer_email": quote.buyer.email,
        "items": [item_to_json(item) for item in quote.items],
        "fees": fees_to_json(quote.fees),
        "priced": priced_to_json(quote.priced),
        "fulfilment": quote.fulfilment.value,
        "term": quote.term.value,
        "state": quote.state.value,
        **{name: getattr(quote, name) for name in (*_SAME, *_SAME_TOO)},
    }


async def add(tx: Tx, organization_id: UUID, quote: Quote) -> None:
    await tx.execute(insert(quotes).values(organization_id=organization_id, quote_id=quote.id, **_values(quote)))


async def get(tx: Tx, quote_id: UUID, *, for_change: bool = False) -> Quote:
    query = select(quotes).where(quotes.c.quote_id == quote_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no quote {quote_id}.", field="quote_id")
    return _of_row(row)


async def save(tx: Tx, quote: Quote) -> None:
    """Write a change made from the version before."""
    query = update(quotes).where(quotes.c.quote_id == quote.id, quotes.c.version == quote.version - 1)
    if (await tx.execute(query.values(**_values(quote)))).rowcount != 1:
        raise Stale("The quote was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")


async def after(
    tx: Tx, cursor: str | None, limit: int, *, states: Sequence[State], customer_id: UUID | None
) -> Sequence[Quote]:
    query = select(quotes).where(quotes.c.state.in_([s.value for s in states])).order_by(quotes.c.quote_id)
    if customer_id is not None:
        query = query.where(quotes.c.customer_id == customer_id)
    if cursor is not None:
        query = query.where(quotes.c.quote_id > UUID(cursor))
    return [_of_row(row) for row in await tx.execute(query.limit(limit + 1))]


async def was_mailed(tx: Tx, quote_id: UUID) -> bool:
    return (await tx.execute(select(quotes.c.mailed_at).where(quotes.c.quote_id == quote_id))).scalar() is not None


async def note_mailed(tx: Tx, quote_id: UUID, at: datetime) -> None:
    await tx.execute(update(quotes).where(quotes.c.quote_id == quote_id).values(mailed_at=at))
