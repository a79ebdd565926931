"""`/v1/quotes`: draft, change, send, accept (CB-87 to CB-100)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.errors import NotFound
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Instant, Page, page_of, paged
from common.organizations import business_now
from quotes.api.answers import BuyersQuote, HostsQuote, QuoteLine, QuoteList, answer_for
from quotes.api.requests import Acceptance, NewQuote, QuoteChange
from quotes.domain.quote import Quote, State
from quotes.store import quotes
from quotes.use_cases.accept_quote import accept_quote
from quotes.use_cases.change_quote import change_quote, reset_fees
from quotes.use_cases.draft_quote import draft_quote
from quotes.use_cases.send_quote import send_quote
from quotes.workflows.quote_life import client

router = new_router("quotes")


class Filter(BaseModel):
    """Which quotes; `q` is looked for in numbers and buyers' names."""

    customer_id: UUID | None = None
    state: list[State] | None = Query(None, max_length=5)
    number: str | None = Query(None, max_length=40)
    q: str | None = Query(None, min_length=1, max_length=100)
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    site_id: UUID | None = None
    sent_from_at: Instant | None = None
    sent_to_at: Instant | None = None
    expires_from_at: Instant | None = None
    expires_to_at: Instant | None = None


@router.post("/v1/quotes", status_code=201, **allow("quotes.write"))
async def draft(tx: Transaction, caller: Caller, body: NewQuote, response: Response) -> HostsQuote:
    """Draft a quote; the answer has its totals. Nothing is sent."""
    return _hosts(await draft_quote(tx, caller.organization_id, body.wanted()), response)


@router.get("/v1/quotes", **allow("quotes.read"))
async def list_quotes(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(quotes.LISTING)], wanted: Annotated[Filter, Query()]
) -> QuoteList:
    """Quotes, usually in the order in which they were drafted; customers' people see those that were sent to them."""
    found = await quotes.page(tx, page, dict(wanted), is_buyer=caller.customer_id is not None)
    rows: list[dict[str, Any]] = [QuoteLine.of(quote).model_dump() for quote in found]
    return QuoteList(**page_of(rows, page))


@router.get("/v1/quotes/{quote_id}", **allow("quotes.read"))
async def read(tx: Transaction, caller: Caller, quote_id: UUID, response: Response) -> HostsQuote | BuyersQuote:
    """One quote; customers' people get the buyer's copy, and drafts not at all."""
    quote = await quotes.get(tx, quote_id)
    if caller.customer_id is not None and quote.state is State.DRAFT:
        raise NotFound(f"There is no quote {quote_id}.", field="quote_id")
    response.headers.update(etag(quote.version))
    return answer_for(quote, caller)


@router.get("/v1/quotes/{quote_id}/buyers-copy", **allow("quotes.write"))
async def preview(tx: Transaction, quote_id: UUID) -> BuyersQuote:
    """What the buyer would see."""
    return BuyersQuote.of(await quotes.get(tx, quote_id))


@router.patch("/v1/quotes/{quote_id}", **allow("quotes.write"))
async def change(
    tx: Transaction, quote_id: UUID, body: QuoteChange, version: IfMatch, response: Response
) -> HostsQuote:
    """Change a draft; the answer has its new totals."""
    return _hosts(await change_quote(tx, quote_id, body.changes(), version=version), response)


@router.post("/v1/quotes/{quote_id}/reset-fees", **allow("quotes.write"))
async def reset(tx: Transaction, quote_id: UUID, response: Response) -> HostsQuote:
    """Every fee of a draft as suggested by the settings and the chosen site."""
    return _hosts(await reset_fees(tx, quote_id), response)


@router.post("/v1/quotes/{quote_id}/send", **allow("quotes.write"))
async def send(tx: Transaction, caller: Caller, quote_id: UUID, response: Response) -> HostsQuote:
    """Send a draft to its buyer by mail; it stands until `expires_at`."""
    at = await business_now(tx, caller.organization_id)
    quote = await send_quote(tx, caller.organization_id, quote_id, at=at)
    assert quote.expires_at is not None
    await client.begin(tx, caller.organization_id, quote.id, expires_at=quote.expires_at, at=at)
    return _hosts(quote, response)


@router.post("/v1/quotes/{quote_id}/accept", **allow("quotes.write"))
async def accept(
    tx: Transaction, caller: Caller, quote_id: UUID, response: Response, body: Acceptance | None = None
) -> HostsQuote:
    """The buyer accepted; a contract draft follows. A prospect needs the customer it has become."""
    at = await business_now(tx, caller.organization_id)
    customer_id = body.customer_id if body else None
    quote = await accept_quote(tx, caller.organization_id, quote_id, customer_id, at=at)
    await client.tell_accepted(tx, caller.organization_id, quote.id, at=at)
    return _hosts(quote, response)


def _hosts(quote: Quote, response: Response) -> HostsQuote:
    response.headers.update(etag(quote.version))
    return HostsQuote.of(quote)
