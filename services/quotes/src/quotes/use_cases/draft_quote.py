"""Draft a quote for a prospect or a customer (CB-87 to CB-99)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.db import Tx, new_id
from common.money import Money, decimal_of
from common.organizations import Organization, organization
from quotes.domain.pricing import Fees
from quotes.domain.quote import BadQuote, Fulfilment, Quote, QuoteTerm
from quotes.store import copies, quotes, settings
from quotes.use_cases.compose import WantedItem, buyer_of, figures, items_of


@dataclass(frozen=True, slots=True)
class WantedQuote:
    """What was asked for. Terms and validity left out are the organization's; so is the rate."""

    customer_id: UUID | None
    prospect: tuple[str, str | None] | None
    items: Sequence[WantedItem]
    fulfilment: Fulfilment
    term: QuoteTerm
    rate_per_kwh: Decimal | None
    site_id: UUID | None
    fees: dict[str, Decimal | None]
    terms_text: str | None
    notes: str | None
    valid_days: int | None


async def draft_quote(tx: Tx, organization_id: UUID, wanted: WantedQuote) -> Quote:
    """Amounts are in the organization's currency; the terms are a copy of the template as it is now."""
    host, own = await organization(tx, organization_id), await settings.read(tx)
    if wanted.site_id is not None:
        await copies.site_name(tx, wanted.site_id)
    rate, fees = _rate(wanted.rate_per_kwh, host), fees_from(wanted.fees, Fees(), host.currency)
    items = await items_of(tx, wanted.items, host.currency)
    quote = Quote(
        id=new_id(),
        number=await settings.next_number(tx, organization_id),
        buyer=await buyer_of(tx, wanted.customer_id, wanted.prospect),
        items=items,
        fulfilment=wanted.fulfilment,
        term=wanted.term,
        rate_per_kwh=rate,
        currency=host.currency,
        fees=fees,
        priced=await figures(tx, items, fees, rate, wanted.site_id, host.currency),
        site_id=wanted.site_id,
        terms_text=own.terms_text if wanted.terms_text is None else wanted.terms_text,
        notes=wanted.notes,
        valid_days=own.valid_days if wanted.valid_days is None else wanted.valid_days,
    )
    await quotes.add(tx, organization_id, quote)
    return quote


def _rate(given: Decimal | None, host: Organization) -> Decimal:
    if given is not None:
        return given
    if host.default_rate_per_kwh is None:
        raise BadQuote(
            "The quote has no rate, and the organization no default.", field="rate_per_kwh", remedy="a price per kWh"
        )
    return decimal_of(host.default_rate_per_kwh)


def fees_from(given: dict[str, Decimal | None], before: Fees, currency: str) -> Fees:
    """Fees set by hand; one that is given as null follows the suggestion again."""
    set_by_hand = {name: None if amount is None else Money(amount, currency) for name, amount in given.items()}
    return Fees(**{name: set_by_hand.get(name, getattr(before, name)) for name in Fees.__slots__})
