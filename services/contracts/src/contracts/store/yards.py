"""Places within sites to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from common.db import Tx
from common.errors import Conflict, NotFound
from common.listing import Listing, Page
from contracts.domain.places import Place, PlaceKind
from contracts.store.kept_tables import places


class PlaceTaken(Conflict):
    """Two places of a site have different names."""

    code = "place_taken"


def _of_row(row: Any) -> Place:
    parent_id = str(row.parent_id) if row.parent_id else None
    return Place(str(row.place_id), str(row.site_id), PlaceKind(row.kind), row.name, row.path, parent_id)


async def add(tx: Tx, organization_id: UUID, place: Place) -> None:
    c = places.c
    same = select(c.place_id).where(c.site_id == UUID(place.site_id), c.path == place.path)
    if (await tx.execute(same)).first() is not None:
        raise PlaceTaken(f"There is a place {place.path} already.", field="name", remedy="another name")
    await tx.execute(
        insert(places).values(
            organization_id=organization_id,
            place_id=UUID(place.place_id),
            site_id=UUID(place.site_id),
            parent_id=UUID(place.parent_id) if place.parent_id else None,
            kind=place.kind.value,
            name=place.name,
            path=place.path,
        )
    )


async def get(tx: Tx, place_id: UUID, *, field: str = "place_id", for_change: bool = False) -> Place:
    query = select(places).where(places.c.place_id == place_id)
    row = (await tx.execute(query.with_for_update() if for_change else query)).first()
    if row is None:
        raise NotFound(f"There is no place {place_id}.", field=field, remedy="a place of this organization's sites")
    return _of_row(row)


LISTING = Listing(
    key=[places.c.place_id],
    sorts={"path": places.c.path, "name": places.c.name, "kind": places.c.kind, "added": places.c.place_id},
    filters={
        "kind": places.c.kind.in_,
        "parent_id": places.c.parent_id.__eq__,
        "q": lambda text: places.c.path.icontains(text, autoescape=True),
    },
    usual="path",
)


async def page(tx: Tx, site_id: UUID, page: Page, wanted: Mapping[str, Any]) -> Sequence[Place]:
    """The places of a site."""
    query = select(places).where(places.c.site_id == site_id)
    return [_of_row(row) for row in await page.read(tx, query, wanted)]
