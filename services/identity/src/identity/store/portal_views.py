"""Who of the host looked at which customer's portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from common.db import Tx
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


async def before(tx: Tx, cursor: str | None, limit: int, *, customer_id: UUID | None) -> Sequence[PortalView]:
    """The newest first; ids sort by time."""
    query = select(portal_views).order_by(portal_views.c.view_id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(portal_views.c.view_id < UUID(cursor))
    if customer_id is not None:
        query = query.where(portal_views.c.customer_id == customer_id)
    return [_of_row(row) for row in await tx.execute(query)]
