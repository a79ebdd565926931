"""Requests of the quotes API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from common.http import Body
from common.money import decimal_of
from events.types import DecimalText
from quotes.domain.equipment import Condition
from quotes.domain.quote import Fulfilment, QuoteTerm
from quotes.use_cases.compose import WantedItem
from quotes.use_cases.draft_quote import WantedQuote

_NUMBERS = ("unit_price", "cost_basis", "hashrate_ths", "power_w", "efficiency_jth")


class Prospect(Body):
    """Somebody who is no customer yet; the address is needed for sending alone (CB-89, CB-90)."""

    name: str = Field(min_length=1, max_length=200)
    email: str | None = Field(None, max_length=254)


class ItemBody(Body):
    """A line from the catalogue, or of its own with a name and a price (CB-91, CB-92)."""

    quantity: int = Field(examples=[4])
    catalogue_id: UUID | None = None
    name: str | None = Field(None, min_length=1, max_length=200)
    unit_price: DecimalText | None = Field(None, examples=["4150.00"])
    cost_basis: DecimalText | None = None
    condition: Condition = Condition.NEW
    hashrate_ths: DecimalText | None = None
    power_w: DecimalText | None = None
    efficiency_jth: DecimalText | None = None

    def wanted(self) -> WantedItem:
        given = self.model_dump()
        numbers = {n: None if given[n] is None else decimal_of(given[n], field=f"items.{n}") for n in _NUMBERS}
        return WantedItem(**given | numbers)


class FeesBody(Body):
    """Fees set by hand, in the organization's currency; what is null or left out follows the suggestion."""

    admin: DecimalText | None = None
    transfer: DecimalText | None = None
    install: DecimalText | None = None
    deposit: DecimalText | None = None
    shipping: DecimalText | None = None
    sales_tax: DecimalText | None = None

    def given(self) -> dict[str, Any]:
        said = self.model_dump(exclude_unset=True)
        return {n: None if text is None else decimal_of(text, field=f"fees.{n}") for n, text in said.items()}


class NewQuote(Body):
    """A quote to be drafted, for a customer or for a prospect."""

    customer_id: UUID | None = None
    prospect: Prospect | None = None
    items: list[ItemBody] = Field(default_factory=list, max_length=200)
    fulfilment: Fulfilment
    term: QuoteTerm
    rate_per_kwh: DecimalText | None = Field(None, examples=["0.075"], description="Blank: the organization's default.")
    site_id: UUID | None = None
    fees: FeesBody = FeesBody()
    terms_text: str | None = Field(None, max_length=50_000, description="Blank: a copy of the organization's template.")
    notes: str | None = Field(None, max_length=50_000, description="Internal; never on the buyer's copy.")
    valid_days: int | None = None

    def wanted(self) -> WantedQuote:
        return WantedQuote(
            customer_id=self.customer_id,
            prospect=_prospect(self.prospect),
            items=[item.wanted() for item in self.items],
            fulfilment=self.fulfilment,
            term=self.term,
            rate_per_kwh=_rate(self.rate_per_kwh),
            site_id=self.site_id,
            fees=self.fees.given(),
            terms_text=self.terms_text,
            notes=self.notes,
            valid_days=self.valid_days,
        )


class QuoteChange(Body):
    """The parts of a draft to change; what is left out stays. `items` replaces all lines."""

    customer_id: UUID | None = None
    prospect: Prospect | None = None
    items: list[ItemBody] | None = Field(None, max_length=200)
    fulfilment: Fulfilment | None = None
    term: QuoteTerm | None = None
    rate_per_kwh: DecimalText | None = None
    site_id: UUID | None = None
    fees: FeesBody | None = None
    terms_text: str | None = Field(None, max_length=50_000)
    notes: str | None = Field(None, max_length=50_000)
    valid_days: int | None = None

    def changes(self) -> dict[str, Any]:
        """Null clears site, terms and notes; elsewhere it means: as it is."""
        clearable = {"site_id", "terms_text", "notes"}
        given = {
            name: getattr(self, name)
            for name in self.model_fields_set
            if name in clearable or getattr(self, name) is not None
        }
        if self.prospect is not None:
            given["prospect"] = _prospect(self.prospect)
        if self.items is not None:
            given["items"] = [item.wanted() for item in self.items]
        if self.fees is not None:
            given["fees"] = self.fees.given()
        if self.rate_per_kwh is not None:
            given["rate_per_kwh"] = _rate(self.rate_per_kwh)
        return given


def _prospect(given: Prospect | None) -> tuple[str, str | None] | None:
    return None if given is None else (given.name, given.email)


def _rate(text: str | None) -> Any:
    return None if text is None else decimal_of(text, field="rate_per_kwh")


class Acceptance(Body):
    """The customer that a prospect has become."""

    customer_id: UUID | None = None
