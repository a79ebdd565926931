"""Requests and answers of the catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from common.auth import Principal
from common.http import Body
from common.money import Money, decimal_of
from events.types import DecimalText
from quotes.domain.equipment import CatalogueItem, Rating
from quotes.store.wire import amount_of, text_of

RATINGS = ("hashrate_ths", "power_w", "efficiency_jth")


def number(text: str | None, field: str) -> Decimal | None:
    return None if text is None else decimal_of(text, field=field)


def rating_of(given: dict[str, Any]) -> Rating:
    return Rating(**{name: number(given.get(name), name) for name in RATINGS})


class NewCatalogueItem(Body):
    """A model to be offered (CB-113). Efficiency left blank is power by hashrate."""

    name: str = Field(min_length=1, max_length=200, examples=["Antminer S21"])
    sku: str = Field(min_length=1, max_length=64, examples=["S21-200"])
    unit_price: DecimalText = Field(examples=["4150.00"])
    hashrate_ths: DecimalText | None = Field(None, examples=["200"])
    power_w: DecimalText | None = Field(None, examples=["3500"])
    efficiency_jth: DecimalText | None = None
    stock: int | None = None
    cost_basis: DecimalText | None = Field(None, description="What the host pays; never shown to a customer.")

    def item(self, item_id: UUID, currency: str) -> CatalogueItem:
        cost = number(self.cost_basis, "cost_basis")
        return CatalogueItem(
            id=item_id,
            name=self.name,
            sku=self.sku,
            unit_price=Money(decimal_of(self.unit_price, field="unit_price"), currency),
            rating=rating_of(self.model_dump()),
            stock=self.stock,
            cost_basis=None if cost is None else Money(cost, currency),
        )


class CatalogueChange(Body):
    """The fields to change; what is left out stays, null clears what may be blank."""

    name: str | None = Field(None, min_length=1, max_length=200)
    sku: str | None = Field(None, min_length=1, max_length=64)
    unit_price: DecimalText | None = None
    hashrate_ths: DecimalText | None = None
    power_w: DecimalText | None = None
    efficiency_jth: DecimalText | None = None
    stock: int | None = None
    cost_basis: DecimalText | None = None

    def changes(self, before: CatalogueItem) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        currency = before.unit_price.currency
        changes: dict[str, Any] = {name: given[name] for name in ("name", "sku") if given.get(name) is not None}
        if "stock" in given:
            changes["stock"] = given["stock"]
        for name in ("unit_price", "cost_basis"):
            if given.get(name) is not None:
                changes[name] = Money(decimal_of(given[name], field=name), currency)
        if "cost_basis" in given and given["cost_basis"] is None:
            changes["cost_basis"] = None
        old = {name: text_of(getattr(before.rating, name)) for name in RATINGS}
        return changes | {"rating": rating_of(old | {k: v for k, v in given.items() if k in RATINGS})}


class CatalogueAnswer(BaseModel):
    """A model on offer. Customers' people see neither cost nor stock."""

    id: UUID
    name: str
    sku: str
    unit_price: DecimalText
    currency: str
    hashrate_ths: DecimalText | None
    power_w: DecimalText | None
    efficiency_jth: DecimalText | None
    stock: int | None
    cost_basis: DecimalText | None
    is_archived: bool
    version: int

    @classmethod
    def of(cls, item: CatalogueItem, caller: Principal) -> CatalogueAnswer:
        is_host = caller.customer_id is None
        return cls(
            id=item.id,
            name=item.name,
            sku=item.sku,
            unit_price=f"{item.unit_price.amount:f}",
            currency=item.unit_price.currency,
            hashrate_ths=text_of(item.rating.hashrate_ths),
            power_w=text_of(item.rating.power_w),
            efficiency_jth=text_of(item.rating.shown_efficiency_jth),
            stock=item.stock if is_host else None,
            cost_basis=amount_of(item.cost_basis) if is_host else None,
            is_archived=item.is_archived,
            version=item.version,
        )


class CatalogueList(BaseModel):
    """A page of the catalogue; `next` continues it."""

    items: list[CatalogueAnswer]
    next: str | None
