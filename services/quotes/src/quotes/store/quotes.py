"""Quotes to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update

from common.db import Tx
from common.errors import NotFound
from common.http import Stale
from common.listing import Listing, Page
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
        mail_refused=row.mail_refused,
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


_Q = quotes.c
LISTING = Listing(
    key=[_Q.quote_id],
    sorts={
        "added": _Q.quote_id,
        "number": _Q.number,
        "buyer_name": func.lower(_Q.buyer_name),
        "sent_at": _Q.sent_at,
        "expires_at": _Q.expires_at,
    },
    filters={
        **{name: _Q[name].__eq__ for name in ("customer_id", "number", "currency", "site_id")},
        "state": _Q.state.in_,
        "q": lambda text: or_(*(_Q[name].icontains(text, autoescape=True) for name in ("number", "buyer_name"))),
        "sent_from_at": _Q.sent_at.__ge__,
        "sent_to_at": _Q.sent_at.__lt__,
        "expires_from_at": _Q.expires_at.__ge__,
        "expires_to_at": _Q.expires_at.__lt__,
    },
    usual="added",
    hosts=frozenset({"site_id"}),
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any], *, is_buyer: bool) -> Sequence[Quote]:
    """Those that are wanted, in the order asked for; a buyer sees no drafts."""
    query = select(quotes)
    if is_buyer:
        query = query.where(_Q.state != State.DRAFT.value)
    return [_of_row(row) for row in await page.read(tx, query, wanted)]


async def is_mailed(tx: Tx, quote_id: UUID) -> bool:
    """Whether the mail's fate is known: taken, or refused for good."""
    known = or_(_Q.mailed_at.is_not(None), _Q.mail_refused.is_not(None))
    return (await tx.execute(select(_Q.quote_id).where(_Q.quote_id == quote_id, known))).first() is not None


async def note_mailed(tx: Tx, quote_id: UUID, at: datetime, refused: str | None) -> None:
    fate = {"mailed_at": at} if refused is None else {"mail_refused": refused}
    await tx.execute(update(quotes).where(_Q.quote_id == quote_id).values(**fate))
