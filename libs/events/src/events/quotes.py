"""Facts that quotes owns: offers sent and accepted."""

from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, DecimalText, Part


class QuoteSent(Event):
    """A quote went to its buyer (CB-100)."""

    KIND = Kind("quotes", "quote", "sent", "quote_id")
    quote_id: UUID
    number: str
    buyer_email: str
    total: DecimalText
    currency: Currency


class QuotedItem(Part):
    """One line of equipment: how many, of what, at which price."""

    name: str
    quantity: int
    unit_price: DecimalText
    hashrate_ths: DecimalText | None = None
    power_w: DecimalText | None = None
    efficiency_jth: DecimalText | None = None


class QuoteAccepted(Event):
    """The buyer accepted; a contract draft follows from it."""

    KIND = Kind("quotes", "quote", "accepted", "quote_id")
    quote_id: UUID
    number: str
    customer_id: UUID
    fulfilment: str
    term: str
    rate_per_kwh: DecimalText
    site_id: UUID | None = None
    currency: Currency
    items: list[QuotedItem]
