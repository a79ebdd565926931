"""Who of the host looked at which customer's portal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update

from common.db import Tx
from common.listing import Listing, Page
from identity.domain.portal_view import PortalView
from identity.store.tables import portal_views

_FIELDS = ("customer_id", "person_id", "person_name", "reason", "started_at", "ends_at")


def _of_row(row: Any) -> PortalView:
    return PortalView(id=row.view_id, **{name: getattr(row, name) for name in _FIELDS})


async def add(tx: Tx, organization_id: UUID, view: PortalView) -> None:
    values = {name: getattr(view, name) for name in _FIELDS}
    await tx.execute(insert(portal_views).values(organization_id=organization_id, view_id=view.id, **values))


async def find(tx: Tx, view_id: UUID) -> PortalView | None:
    row = (await tx.execute(select(portal_views).where(portal_views.c.view_id == view_id))).first()
    return _of_row(row) if row else None


async def end(tx: Tx, view_id: UUID, now_at: datetime) -> None:
    is_on = (portal_views.c.view_id == view_id, portal_views.c.ends_at > now_at)
    await tx.execute(update(portal_views).where(*is_on).values(ends_at=now_at))


_V = portal_views.c
LISTING = Listing(
    key=[_V.view_id],
    sorts={"started_at": _V.started_at, "ends_at": _V.ends_at, "person_name": func.lower(_V.person_name)},
    filters={
        "customer_id": _V.customer_id.__eq__,
        "q": lambda text: or_(*(_V[name].icontains(text, autoescape=True) for name in ("person_name", "reason"))),
        "from_at": _V.started_at.__ge__,
        "to_at": _V.started_at.__lt__,
    },
    usual="-started_at",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> Sequence[PortalView]:
    """Those that are wanted, in the order asked for."""
    return [_of_row(row) for row in await page.read(tx, select(portal_views), wanted)]
