"""Answers of the quotes API. The buyer's copy is a type of its own, without what is the host's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from common.auth import Principal
from events.types import DecimalText
from quotes.domain.equipment import Condition, QuotedItem
from quotes.domain.pricing import FEES, Fees
from quotes.domain.quote import Fulfilment, Quote, QuoteTerm, State
from quotes.store.wire import amount_of, text_of


class BuyersItem(BaseModel):
    """A line as the buyer sees it."""

    name: str
    quantity: int
    unit_price: DecimalText
    amount: DecimalText
    condition: Condition
    hashrate_ths: DecimalText | None
    power_w: DecimalText | None
    efficiency_jth: DecimalText | None
    catalogue_id: UUID | None


class HostsItem(BuyersItem):
    """A line with what the host pays for it."""

    cost_basis: DecimalText | None


class FeesAnswer(BaseModel):
    admin: DecimalText
    transfer: DecimalText
    install: DecimalText
    deposit: DecimalText
    shipping: DecimalText
    sales_tax: DecimalText


class BuyersQuote(BaseModel):
    """A quote as its buyer sees it: no cost, no margin, no notes."""

    id: UUID
    number: str
    customer_id: UUID | None
    buyer_name: str
    buyer_email: str | None
    items: list[BuyersItem]
    fulfilment: Fulfilment
    term: QuoteTerm
    rate_per_kwh: DecimalText
    currency: str
    site_id: UUID | None
    equipment: DecimalText
    fees: FeesAnswer
    total: DecimalText
    terms_text: str | None
    state: State
    sent_at: datetime | None
    expires_at: datetime | None
    accepted_at: datetime | None

    @classmethod
    def of(cls, quote: Quote) -> BuyersQuote:
        return cls(items=[BuyersItem(**_item(item)) for item in quote.items], **_shared(quote))


class HostsQuote(BuyersQuote):
    """A quote with what is the host's own: cost, margin, notes, and which fees were set by hand."""

    items: list[HostsItem]  # type: ignore[assignment]  # the same lines, with one field more
    fees_by_hand: list[str]
    margin: DecimalText | None
    margin_percent: DecimalText | None
    notes: str | None
    valid_days: int
    version: int
    mail_refused: str | None

    @classmethod
    def of(cls, quote: Quote) -> HostsQuote:
        lines = [HostsItem(**_item(item), cost_basis=amount_of(item.cost_basis)) for item in quote.items]
        return cls(
            items=lines,
            fees_by_hand=[name for name in FEES if getattr(quote.fees, name) is not None],
            margin=amount_of(quote.priced.margin),
            margin_percent=text_of(quote.priced.margin_percent),
            notes=quote.notes,
            valid_days=quote.valid_days,
            version=quote.version,
            mail_refused=quote.mail_refused,
            **_shared(quote),
        )


def _item(item: QuotedItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": amount_of(item.unit_price),
        "amount": amount_of(item.amount),
        "condition": item.condition,
        "hashrate_ths": text_of(item.rating.hashrate_ths),
        "power_w": text_of(item.rating.power_w),
        "efficiency_jth": text_of(item.rating.shown_efficiency_jth),
        "catalogue_id": item.catalogue_id,
    }


def _shared(quote: Quote) -> dict[str, Any]:
    same = ("id", "number", "fulfilment", "term", "currency", "site_id", "terms_text", "state")
    instants = ("sent_at", "expires_at", "accepted_at")
    return {name: getattr(quote, name) for name in (*same, *instants)} | {
        "customer_id": quote.buyer.customer_id,
        "buyer_name": quote.buyer.name,
        "buyer_email": quote.buyer.email,
        "rate_per_kwh": f"{quote.rate_per_kwh:f}",
        "equipment": amount_of(quote.priced.equipment),
        "fees": _fees(quote.priced.fees),
        "total": amount_of(quote.priced.total),
    }


def _fees(fees: Fees) -> FeesAnswer:
    return FeesAnswer(**{name: amount_of(getattr(fees, name)) or "0" for name in FEES})


class QuoteLine(BaseModel):
    """A quote in a list."""

    id: UUID
    number: str
    customer_id: UUID | None
    buyer_name: str
    total: DecimalText
    currency: str
    state: State
    sent_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, quote: Quote) -> QuoteLine:
        shared = _shared(quote)
        return cls(**{name: shared[name] for name in cls.model_fields})


class QuoteList(BaseModel):
    """A page of quotes; `next` continues it."""

    items: list[QuoteLine]
    next: str | None


def answer_for(quote: Quote, caller: Principal) -> HostsQuote | BuyersQuote:
    """Which copy the caller gets."""
    return HostsQuote.of(quote) if caller.customer_id is None else BuyersQuote.of(quote)
