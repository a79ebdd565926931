"""The feed of all that happened: written once per fact, read in pages and as a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text

from common.db import Tx
from common.listing import Listing, Page
from customers.domain.activity import Telling
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


def _about(subject: str) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda id_: activity.c.subjects.contains({subject: str(id_)})


LISTING = Listing(
    key=[activity.c.seq],
    sorts={"seq": activity.c.seq},
    filters={
        "customer_id": activity.c.customer_id.__eq__,
        "type": lambda beginning: activity.c.type.startswith(beginning, autoescape=True),
        "q": lambda text: activity.c.summary.icontains(text, autoescape=True),
        "from_at": activity.c.at.__ge__,
        "to_at": activity.c.at.__lt__,
        **{name: _about(name) for name in ("unit_id", "contract_id", "invoice_id", "ticket_id")},
    },
    usual="-seq",
)


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


async def page(tx: Tx, reader: Reader, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """A part of what the reader may see of."""
    return await page.read(tx, select(activity).where(*reader.conditions()), wanted)


async def since(tx: Tx, reader: Reader, seq: int, limit: int) -> Sequence[Any]:
    """What came after a place in the feed, in order."""
    query = select(activity).where(*reader.conditions(), activity.c.seq > seq, _STILL)
    return (await tx.execute(query.order_by(activity.c.seq).limit(limit))).all()


async def newest(tx: Tx) -> int:
    """The place after which everything is new."""
    return int((await tx.execute(select(func.coalesce(func.max(activity.c.seq), 0)).where(_STILL))).scalar_one())
