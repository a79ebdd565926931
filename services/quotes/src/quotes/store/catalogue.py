"""Catalogue items to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from common.http import Stale
from common.listing import Listing, Page
from common.money import Money
from quotes.domain.equipment import CatalogueItem, Rating
from quotes.store.tables import catalogue

_RATINGS = ("hashrate_ths", "power_w", "efficiency_jth")


def _of_row(row: Any) -> CatalogueItem:
    rating = {name: getattr(row, name) for name in _RATINGS}
    return CatalogueItem(
        id=row.item_id,
        name=row.name,
        sku=row.sku,
        unit_price=Money(row.unit_price, row.currency),
        rating=Rating(**{name: None if number is None else number.normalize() for name, number in rating.items()}),
        stock=row.stock,
        cost_basis=None if row.cost_basis is None else Money(row.cost_basis, row.currency),
        is_archived=row.is_archived,
        version=row.version,
    )


def _values(item: CatalogueItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "sku": item.sku,
        "currency": item.unit_price.currency,
        "unit_price": item.unit_price.amount,
        "cost_basis": item.cost_basis.amount if item.cost_basis else None,
        "stock": item.stock,
        "is_archived": item.is_archived,
        "version": item.version,
        **{name: getattr(item.rating, name) for name in _RATINGS},
    }


async def add(tx: Tx, organization_id: UUID, item: CatalogueItem) -> None:
    try:
        await tx.execute(insert(catalogue).values(organization_id=organization_id, item_id=item.id, **_values(item)))
    except IntegrityError as error:
        raise _taken(item) from error


def _taken(item: CatalogueItem) -> Conflict:
    return Conflict(f"The SKU {item.sku} is in the catalogue already.", field="sku", remedy="another SKU")


async def get(tx: Tx, item_id: UUID, *, for_change: bool = False) -> CatalogueItem:
    query = select(catalogue).where(catalogue.c.item_id == item_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no catalogue item {item_id}.", field="catalogue_id")
    return _of_row(row)


async def save(tx: Tx, item: CatalogueItem) -> None:
    """Write a change made from the version before."""
    query = update(catalogue).where(catalogue.c.item_id == item.id, catalogue.c.version == item.version - 1)
    try:
        done = await tx.execute(query.values(**_values(item)))
    except IntegrityError as error:
        raise _taken(item) from error
    if done.rowcount != 1:
        raise Stale("The item was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")


_C = catalogue.c
LISTING = Listing(
    key=[_C.item_id],
    sorts={
        "added": _C.item_id,
        "name": func.lower(_C.name),
        **{name: _C[name] for name in ("sku", "unit_price", *_RATINGS, "stock", "cost_basis")},
    },
    filters={
        "archived": lambda too: true() if too else ~_C.is_archived,
        "currency": _C.currency.__eq__,
        "q": lambda text: or_(*(_C[name].icontains(text, autoescape=True) for name in ("name", "sku"))),
        "in_stock": lambda yes: _C.stock > 0 if yes else _C.stock == 0,
        "price_from": _C.unit_price.__ge__,
        "price_to": _C.unit_price.__le__,
    },
    usual="added",
    hosts=frozenset({"stock", "cost_basis", "in_stock", "archived"}),
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[CatalogueItem]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(catalogue), wanted)]
