"""Quotes for tests: worked case E22, and parts of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from common.money import Money
from quotes.domain.equipment import QuotedItem, Rating
from quotes.domain.pricing import FeeRates, Fees, priced
from quotes.domain.quote import Buyer, Fulfilment, Quote, QuoteTerm

AT = datetime(2025, 3, 1, 16, tzinfo=UTC)
RATE = Decimal("0.075")
RATES = FeeRates(admin=Decimal(250), install_per_unit=Decimal(45), shipping=Decimal(420), tax_percent=Decimal("8.25"))
S21 = QuotedItem(
    name="S21",
    quantity=4,
    unit_price=Money(Decimal(4150), "USD"),
    rating=Rating(Decimal(200), Decimal(3500)),
    cost_basis=Money(Decimal(3600), "USD"),
)


def usd(text: str) -> Money:
    return Money(Decimal(text), "USD")


def draft(**changes: object) -> Quote:
    quote = Quote(
        id=uuid4(),
        number="Q-00001",
        buyer=Buyer("Alpha", "ops@alpha.example", uuid4()),
        items=(S21,),
        fulfilment=Fulfilment.HOST_PROCURES,
        term=QuoteTerm.ONE_YEAR,
        rate_per_kwh=RATE,
        currency="USD",
        fees=Fees(),
        priced=priced([S21], Fees(), RATE, RATES, "USD"),
        terms_text="These are the terms.",
        notes="margin is thin here",
    )
    return replace(quote, **changes)  # type: ignore[arg-type]
