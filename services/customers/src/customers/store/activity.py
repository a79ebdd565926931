"""The feed of all that happened: written once per fact, read in pages and as a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text

from common.db import Tx
from customers.domain.activity import Telling
from customers.store.places import number_at
from customers.store.talk_tables import activity

_NOTIFY = text("select pg_notify('activity', :organization)")
# Rows of transactions that are still open come later; what is read here is complete up to its last row.
_STILL: ColumnElement[bool] = text("activity.xid < pg_snapshot_xmin(pg_current_snapshot())")  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the permissions held, and, for a customer's own people, only what is meant for them."""

    permissions: frozenset[str]
    is_portal: bool

    def conditions(self) -> list[ColumnElement[bool]]:
        seen: list[ColumnElement[bool]] = [activity.c.permission.in_(sorted(self.permissions))]
        return [*seen, activity.c.for_customer] if self.is_portal else seen


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the feed; what is None does not narrow. `subjects` are ids of a unit, an invoice, a ticket ..."""

    customer_id: UUID | None = None
    type: str | None = None
    text: str | None = None
    subjects: dict[str, str] | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a telling comes from."""

    event_id: UUID
    type: str
    customer_id: UUID | None
    at: datetime


async def note(tx: Tx, organization_id: UUID, fact: Fact, telling: Telling) -> None:
    values = {"event_id": fact.event_id, "type": fact.type, "customer_id": fact.customer_id, "at": fact.at}
    told: dict[str, Any] = {
        "summary": telling.summary,
        "permission": telling.permission,
        "subjects": dict(telling.subjects),
    }
    told |= {"for_customer": telling.for_customer and fact.customer_id is not None}
    await tx.execute(insert(activity).values(organization_id=organization_id, **values, **told))
    await tx.execute(_NOTIFY, {"organization": str(organization_id)})


async def page(tx: Tx, reader: Reader, wanted: Wanted, cursor: str | None, limit: int) -> Sequence[Any]:
    """The newest first, one more than asked to show that there is more."""
    query = select(activity).where(*reader.conditions(), *_narrowed(wanted))
    if cursor is not None:
        query = query.where(activity.c.seq < number_at(cursor))
    return (await tx.execute(query.order_by(activity.c.seq.desc()).limit(limit + 1))).all()


async def since(tx: Tx, reader: Reader, seq: int, limit: int) -> Sequence[Any]:
    """What came after a place in the feed, in order."""
    query = select(activity).where(*reader.conditions(), activity.c.seq > seq, _STILL)
    return (await tx.execute(query.order_by(activity.c.seq).limit(limit))).all()


async def newest(tx: Tx) -> int:
    """The place after which everything is new."""
    return int((await tx.execute(select(func.coalesce(func.max(activity.c.seq), 0)).where(_STILL))).scalar_one())


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    a, found = activity.c, list[ColumnElement[bool]]()
    if wanted.customer_id is not None:
        found.append(a.customer_id == wanted.customer_id)
    if wanted.type is not None:
        found.append(a.type.startswith(wanted.type, autoescape=True))
    if wanted.text is not None:
        found.append(a.summary.icontains(wanted.text, autoescape=True))
    if wanted.subjects is not None:
        found.append(a.subjects.contains(wanted.subjects))
    if wanted.from_at is not None:
        found.append(a.at >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(a.at < wanted.to_at)
    return found
