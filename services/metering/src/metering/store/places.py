"""At which site a unit's usage arose: where its registers hung then; without any, where the unit is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Uuid, and_, column, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from common.db import Tx
from metering.store.tables import channels, units

Span = tuple[UUID, datetime, datetime]
_C, _INSTANT = channels.c, DateTime(timezone=True)


def _alive_in(from_at: Any, to_at: Any) -> ColumnElement[bool]:
    """The condition for a channel that lived at any time of a span."""
    return and_(or_(_C.from_at.is_(None), _C.from_at < to_at), or_(_C.to_at.is_(None), _C.to_at > from_at))


def arose_at(site_id: UUID, unit_id: Any, from_at: Any, to_at: Any) -> ColumnElement[bool]:
    """The condition for a span whose columns these are; a unit that moved within a span was at both sites."""
    alive = and_(_C.unit_id == unit_id, _alive_in(from_at, to_at))
    is_there = exists().where(units.c.unit_id == unit_id, units.c.site_id == site_id)
    return or_(exists().where(alive, _C.site_id == site_id), and_(~exists().where(alive), is_there))


async def units_at(tx: Tx, site_id: UUID, from_at: datetime, to_at: datetime) -> list[UUID]:
    """The units that are at the site now or hung there at any time between the instants, in order."""
    hung = select(_C.unit_id).where(_C.site_id == site_id, _alive_in(from_at, to_at))
    now = select(units.c.unit_id).where(units.c.site_id == site_id)
    return sorted((await tx.execute(hung.union(now))).scalars())


async def of_spans(tx: Tx, site_id: UUID, found: Sequence[Span]) -> set[Span]:
    """Those of the spans (unit, beginning, end) that arose at the site."""
    if not found:
        return set()
    unit_ids, begins, ends = (list(each) for each in zip(*found, strict=True))
    arrays = literal(unit_ids, ARRAY(Uuid)), literal(begins, ARRAY(_INSTANT)), literal(ends, ARRAY(_INSTANT))
    names = column("unit_id", Uuid), column("from_at", _INSTANT), column("to_at", _INSTANT)
    one = func.unnest(*arrays).table_valued(*names, name="one").render_derived()
    query = select(one.c.unit_id, one.c.from_at, one.c.to_at)
    rows = await tx.execute(query.where(arose_at(site_id, one.c.unit_id, one.c.from_at, one.c.to_at)))
    return {(row.unit_id, row.from_at, row.to_at) for row in rows}
