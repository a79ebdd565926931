"""A quote and its life: draft, sent, then accepted or expired (CB-87 to CB-100)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.clock import day_end, instant_text, local_day
from common.errors import Conflict, RuleBroken
from quotes.domain.equipment import QuotedItem
from quotes.domain.pricing import Fees, Priced, checked_rate
from quotes.domain.words import checked_email, checked_text


class BadQuote(RuleBroken):
    """A part of the quote cannot be so, or is missing for what is asked."""

    code = "bad_quote"


class QuoteState(Conflict):
    """The quote's state excludes what was asked."""

    code = "quote_state"


class State(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


class Fulfilment(StrEnum):
    """Whose machines: the customer ships their own, or the host procures them (CB-93)."""

    CUSTOMER_SHIPS = "customer_ships"
    HOST_PROCURES = "host_procures"


class QuoteTerm(StrEnum):
    """From month to month up to three years (CB-94, X9)."""

    MONTH_TO_MONTH = "month_to_month"
    THREE_MONTHS = "3_months"
    SIX_MONTHS = "6_months"
    ONE_YEAR = "1_year"
    TWO_YEARS = "2_years"
    THREE_YEARS = "3_years"


@dataclass(frozen=True, slots=True)
class Buyer:
    """An existing customer or a prospect (CB-89). Only for sending an address is needed (CB-90)."""

    name: str
    email: str | None = None
    customer_id: UUID | None = None

    def __post_init__(self) -> None:
        checked_text(self.name, "prospect.name", 200)
        if self.email is not None:
            checked_email(self.email, "prospect.email")


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer. `fees` were set by hand, `priced` are the figures of the last save; `notes` stay with the host.

    `mail_refused`: why no server will ever take its mail.
    """

    id: UUID
    number: str
    buyer: Buyer
    items: tuple[QuotedItem, ...]
    fulfilment: Fulfilment
    term: QuoteTerm
    rate_per_kwh: Decimal
    currency: str
    fees: Fees
    priced: Priced
    site_id: UUID | None = None
    terms_text: str | None = None
    notes: str | None = None
    valid_days: int = 30
    state: State = State.DRAFT
    sent_at: datetime | None = None
    expires_at: datetime | None = None
    accepted_at: datetime | None = None
    version: int = 1
    mail_refused: str | None = None

    def __post_init__(self) -> None:
        checked_rate(self.rate_per_kwh)
        if len(self.items) > 200:
            raise BadQuote(f"{len(self.items)} items are too many.", field="items", remedy="at most 200")
        if not 1 <= self.valid_days <= 365:
            raise BadQuote(f"{self.valid_days} days are not possible.", field="valid_days", remedy="1 to 365")
        for text, field in ((self.terms_text, "terms_text"), (self.notes, "notes")):
            if text is not None:
                checked_text(text, field, 50_000, lines=True)

    def changed(self, **changes: object) -> Quote:
        """The draft after a change; what was sent is no longer changed."""
        if self.state is not State.DRAFT:
            raise QuoteState(f"Quote {self.number} is {self.state}; only a draft is changed.", remedy="a new quote")
        return self._next(**changes)

    def repriced(self, priced: Priced) -> Quote:
        """The same draft with its figures made anew."""
        return replace(self, priced=priced)

    def sent(self, timezone: str, at: datetime) -> Quote:
        """It goes to its buyer and stays open to the end of the last valid local day."""
        if self.state is not State.DRAFT:
            raise QuoteState(f"Quote {self.number} is {self.state}; only a draft is sent.", remedy="a new quote")
        if not self.items:
            raise BadQuote("A quote without items cannot be sent.", field="items", remedy="at least one item")
        if self.buyer.email is None:
            raise BadQuote(
                "There is no address to send it to.", field="prospect.email", remedy="the buyer's e-mail address"
            )
        last_day = local_day(at, timezone) + timedelta(days=self.valid_days)
        return self._next(state=State.SENT, sent_at=at, expires_at=day_end(last_day, timezone))

    def accepted(self, customer_id: UUID | None, at: datetime) -> Quote:
        """The buyer takes it, by now as a customer; once, and before it expires."""
        if self.state is not State.SENT or self.expires_at is None:
            raise QuoteState(f"Quote {self.number} is {self.state}; only a sent one is accepted.")
        if at >= self.expires_at:
            raise QuoteState(
                f"Quote {self.number} expired at {instant_text(self.expires_at)}.",
                remedy="a new quote",
            )
        known = self.buyer.customer_id
        if known is not None and customer_id not in (None, known):
            raise BadQuote("The quote is for another customer.", field="customer_id", remedy="leave it out")
        if known is None and customer_id is None:
            raise BadQuote("A prospect becomes a customer first.", field="customer_id", remedy="the customer's id")
        buyer = replace(self.buyer, customer_id=known or customer_id)
        return self._next(state=State.ACCEPTED, accepted_at=at, buyer=buyer)

    def expired(self) -> Quote:
        """Nobody took it in time. One that is no longer open stays as it is."""
        return self._next(state=State.EXPIRED) if self.state is State.SENT else self

    def _next(self, **changes: object) -> Quote:
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]
