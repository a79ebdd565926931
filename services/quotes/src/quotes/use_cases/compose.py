"""From what was asked for to the parts of a quote: the buyer, the lines, the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from common.db import Tx
from common.money import Money
from quotes.domain.equipment import BadEquipment, Condition, QuotedItem, Rating, from_catalogue
from quotes.domain.pricing import Fees, Priced, priced
from quotes.domain.quote import BadQuote, Buyer
from quotes.store import catalogue, copies, settings


@dataclass(frozen=True, slots=True)
class WantedItem:
    """A line as asked for: from the catalogue, where what is given here comes before it, or of its own."""

    quantity: int
    catalogue_id: UUID | None = None
    name: str | None = None
    unit_price: Decimal | None = None
    cost_basis: Decimal | None = None
    condition: Condition = Condition.NEW
    hashrate_ths: Decimal | None = None
    power_w: Decimal | None = None
    efficiency_jth: Decimal | None = None


async def buyer_of(tx: Tx, customer_id: UUID | None, prospect: tuple[str, str | None] | None) -> Buyer:
    """An existing customer, with the address it has now, or a prospect's name and address."""
    if (customer_id is None) == (prospect is None):
        raise BadQuote("A quote is for a customer or for a prospect.", field="customer_id", remedy="one of the two")
    if customer_id is not None:
        known = await copies.customer(tx, customer_id)
        if not known.is_active:
            raise BadQuote(f"{known.name} is not active.", field="customer_id", remedy="make the account active first")
        return Buyer(known.name, known.email, customer_id)
    assert prospect is not None
    return Buyer(*prospect)


async def items_of(tx: Tx, wanted: Sequence[WantedItem], currency: str) -> tuple[QuotedItem, ...]:
    return tuple([await _item_of(tx, item, currency) for item in wanted])


async def _item_of(tx: Tx, wanted: WantedItem, currency: str) -> QuotedItem:
    price = _money(wanted.unit_price, currency)
    own = Rating(wanted.hashrate_ths, wanted.power_w, wanted.efficiency_jth)
    if wanted.catalogue_id is not None:
        listed = await catalogue.get(tx, wanted.catalogue_id)
        item = from_catalogue(listed, wanted.quantity, price)
        return replace(
            item,
            name=wanted.name or item.name,
            condition=wanted.condition,
            cost_basis=_money(wanted.cost_basis, currency) or item.cost_basis,
            rating=Rating(
                own.hashrate_ths or item.rating.hashrate_ths,
                own.power_w or item.rating.power_w,
                own.efficiency_jth or item.rating.efficiency_jth,
            ),
        )
    if wanted.name is None or price is None:
        raise BadEquipment("A custom item has a name and a price.", field="items", remedy="both, or a catalogue_id")
    return QuotedItem(wanted.name, wanted.quantity, price, own, wanted.condition, _money(wanted.cost_basis, currency))


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


async def figures(
    tx: Tx, items: Sequence[QuotedItem], fees: Fees, rate_per_kwh: Decimal, site_id: UUID | None, currency: str
) -> Priced:
    """The totals with the organization's (or the site's) present fee rates."""
    rates = (await settings.read(tx)).rates_at(site_id)
    return priced(items, fees, rate_per_kwh, rates, currency)
