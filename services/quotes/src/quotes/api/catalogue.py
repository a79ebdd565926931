"""`/v1/catalogue`: the models on offer (CB-111 to CB-114)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.db import new_id
from common.errors import NotFound
from common.http import Caller, IfMatch, Stale, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import organization
from quotes.api.catalogue_schemas import CatalogueAnswer, CatalogueChange, CatalogueList, NewCatalogueItem
from quotes.store import catalogue

router = new_router("catalogue")


class Filter(BaseModel):
    """Which models; `q` is looked for in names and SKUs, prices include both ends. What lies in stock is the host's."""

    archived: bool = False
    currency: str | None = Query(None, pattern="^[A-Z]{3}$")
    q: str | None = Query(None, min_length=1, max_length=100)
    in_stock: bool | None = None
    price_from: Decimal | None = Query(None, max_digits=20, decimal_places=4)
    price_to: Decimal | None = Query(None, max_digits=20, decimal_places=4)


@router.post("/v1/catalogue", status_code=201, **allow("catalogue.write"))
async def add(tx: Transaction, caller: Caller, body: NewCatalogueItem, response: Response) -> CatalogueAnswer:
    """Offer a model; its price is in the organization's currency."""
    item = body.item(new_id(), (await organization(tx, caller.organization_id)).currency)
    await catalogue.add(tx, caller.organization_id, item)
    response.headers.update(etag(item.version))
    return CatalogueAnswer.of(item, caller)


@router.get("/v1/catalogue", **allow("quotes.read"))
async def list_items(
    tx: Transaction,
    caller: Caller,
    page: Annotated[Page, paged(catalogue.LISTING)],
    wanted: Annotated[Filter, Query()],
) -> CatalogueList:
    """The models on offer; with `archived` those too that no longer are."""
    found = await catalogue.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [CatalogueAnswer.of(item, caller).model_dump() for item in found]
    return CatalogueList(**page_of(rows, page))


@router.get("/v1/catalogue/{item_id}", **allow("quotes.read"))
async def read(tx: Transaction, caller: Caller, item_id: UUID, response: Response) -> CatalogueAnswer:
    """One model."""
    item = await catalogue.get(tx, item_id)
    if item.is_archived and caller.customer_id is not None:
        raise NotFound(f"There is no catalogue item {item_id}.", field="catalogue_id")
    response.headers.update(etag(item.version))
    return CatalogueAnswer.of(item, caller)


@router.patch("/v1/catalogue/{item_id}", **allow("catalogue.write"))
async def change(
    tx: Transaction, caller: Caller, item_id: UUID, body: CatalogueChange, version: IfMatch, response: Response
) -> CatalogueAnswer:
    """Change a model; quotes that hold it already keep their copy."""
    before = await catalogue.get(tx, item_id, for_change=True)
    if before.version != version:
        raise Stale("The item was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")
    item = before.changed(**body.changes(before))
    await catalogue.save(tx, item)
    response.headers.update(etag(item.version))
    return CatalogueAnswer.of(item, caller)


@router.post("/v1/catalogue/{item_id}/archive", **allow("catalogue.write"))
async def archive(tx: Transaction, caller: Caller, item_id: UUID) -> CatalogueAnswer:
    """Take a model off offer; what was quoted stays."""
    return await _set_archived(tx, caller, item_id, True)


@router.post("/v1/catalogue/{item_id}/restore", **allow("catalogue.write"))
async def restore(tx: Transaction, caller: Caller, item_id: UUID) -> CatalogueAnswer:
    """Offer an archived model again."""
    return await _set_archived(tx, caller, item_id, False)


async def _set_archived(tx: Transaction, caller: Caller, item_id: UUID, is_archived: bool) -> CatalogueAnswer:
    item = await catalogue.get(tx, item_id, for_change=True)
    if item.is_archived != is_archived:
        item = item.changed(is_archived=is_archived)
        await catalogue.save(tx, item)
    return CatalogueAnswer.of(item, caller)
