"""`/v1/sites/{id}/places`: buildings, racks, PDUs and outlets, where machines stand."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from common.db import new_id
from common.http import Body, Caller, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from contracts.api.texts import Name
from contracts.domain.places import Place, PlaceKind, placed
from contracts.store import places, yards

router = new_router("sites")


class NewPlace(Body):
    """A place inside another, or right in the site."""

    kind: PlaceKind
    name: Name
    parent_id: UUID | None = None


class PlaceAnswer(BaseModel):
    """A place; `path` names it within its site."""

    id: UUID
    site_id: UUID
    parent_id: UUID | None
    kind: PlaceKind
    name: str
    path: str

    @classmethod
    def of(cls, place: Place) -> "PlaceAnswer":
        return cls(
            id=UUID(place.place_id),
            site_id=UUID(place.site_id),
            parent_id=UUID(place.parent_id) if place.parent_id else None,
            kind=place.kind,
            name=place.name,
            path=place.path,
        )


class Filter(BaseModel):
    """Which places; `q` is looked for in their paths."""

    kind: list[PlaceKind] | None = Query(None, max_length=5)
    parent_id: UUID | None = None
    q: str | None = Query(None, min_length=1, max_length=100)


class PlaceList(BaseModel):
    items: list[PlaceAnswer]
    next: str | None


@router.post("/v1/sites/{site_id}/places", status_code=201, **allow("sites.write"))
async def add(tx: Transaction, caller: Caller, site_id: UUID, body: NewPlace) -> PlaceAnswer:
    """Add a place to a site."""
    await places.site_row(tx, site_id)
    parent = await yards.get(tx, body.parent_id, field="parent_id") if body.parent_id else None
    place = placed(str(new_id()), str(site_id), body.kind, body.name, parent)
    await yards.add(tx, caller.organization_id, place)
    return PlaceAnswer.of(place)


@router.get("/v1/sites/{site_id}/places", **allow("sites.read"))
async def list_places(
    tx: Transaction, site_id: UUID, page: Annotated[Page, paged(yards.LISTING)], wanted: Annotated[Filter, Query()]
) -> PlaceList:
    """The places of a site, usually in the order of their paths."""
    await places.site_row(tx, site_id)
    found = await yards.page(tx, site_id, page, dict(wanted))
    return PlaceList(**page_of([PlaceAnswer.of(p).model_dump() for p in found], page))
