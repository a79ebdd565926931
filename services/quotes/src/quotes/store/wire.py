"""Snapshots of items, fees and figures as JSON: money as text, so that nothing is rounded on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from common.money import Money
from quotes.domain.equipment import Condition, QuotedItem, Rating
from quotes.domain.pricing import FEES, Fees, Priced

_RATINGS = ("hashrate_ths", "power_w", "efficiency_jth")


def text_of(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def number_of(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def amount_of(money: Money | None) -> str | None:
    return None if money is None else text_of(money.amount)


def money_of(text: str | None, currency: str) -> Money | None:
    return None if text is None else Money(Decimal(text), currency)


def item_to_json(item: QuotedItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": amount_of(item.unit_price),
        "condition": item.condition.value,
        "cost_basis": amount_of(item.cost_basis),
        "catalogue_id": str(item.catalogue_id) if item.catalogue_id else None,
        **{name: text_of(getattr(item.rating, name)) for name in _RATINGS},
    }


def item_of_json(entry: dict[str, Any], currency: str) -> QuotedItem:
    return QuotedItem(
        name=entry["name"],
        quantity=entry["quantity"],
        unit_price=Money(Decimal(entry["unit_price"]), currency),
        rating=Rating(**{name: number_of(entry[name]) for name in _RATINGS}),
        condition=Condition(entry["condition"]),
        cost_basis=money_of(entry["cost_basis"], currency),
        catalogue_id=UUID(entry["catalogue_id"]) if entry["catalogue_id"] else None,
    )


def fees_to_json(fees: Fees) -> dict[str, str | None]:
    return {name: amount_of(getattr(fees, name)) for name in FEES}


def fees_of_json(entry: dict[str, str | None], currency: str) -> Fees:
    return Fees(**{name: money_of(entry[name], currency) for name in FEES})


def priced_to_json(priced: Priced) -> dict[str, Any]:
    return {
        "equipment": amount_of(priced.equipment),
        "fees": fees_to_json(priced.fees),
        "total": amount_of(priced.total),
        "margin": amount_of(priced.margin),
        "margin_percent": text_of(priced.margin_percent),
    }


def priced_of_json(entry: dict[str, Any], currency: str) -> Priced:
    return Priced(
        equipment=Money(Decimal(entry["equipment"]), currency),
        fees=fees_of_json(entry["fees"], currency),
        total=Money(Decimal(entry["total"]), currency),
        margin=money_of(entry["margin"], currency),
        margin_percent=number_of(entry["margin_percent"]),
    )
