"""Deliveries to rows and back: what is due, what became of it, what is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from identity.domain.webhook_retries import DeliveryState, Verdict
from identity.store.webhook_tables import webhook_deliveries

_D = webhook_deliveries.c
_INTERRUPTED = "The attempt was interrupted; whether it arrived is not known."


@dataclass(frozen=True, slots=True)
class Delivery:
    """A fact on its way to a webhook; `payload` is sent as it is, at every attempt."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    type: str
    payload: str
    created_at: datetime
    next_at: datetime | None
    customer_id: UUID | None = None
    state: str = DeliveryState.PENDING
    attempts: int = 0
    attempted_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    response: str | None = None


_FIELDS = [name for name in Delivery.__slots__ if name != "id"]


def _of_row(row: Any) -> Delivery:
    return Delivery(id=row.delivery_id, **{name: getattr(row, name) for name in _FIELDS})


async def add(tx: Tx, organization_id: UUID, delivery: Delivery) -> bool:
    """False where the webhook has this fact already."""
    values = {name: getattr(delivery, name) for name in _FIELDS}
    query = upsert(webhook_deliveries).values(organization_id=organization_id, delivery_id=delivery.id, **values)
    return (await tx.execute(query.on_conflict_do_nothing().returning(_D.delivery_id))).first() is not None


async def get(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    query = select(webhook_deliveries).where(_D.webhook_id == webhook_id, _D.delivery_id == delivery_id)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id} of this webhook.", field="delivery_id")
    return _of_row(row)


LISTING = Listing(
    key=[_D.delivery_id],
    sorts={"added": _D.delivery_id, "created_at": _D.created_at, "next_at": _D.next_at},
    filters={
        "state": _D.state.in_,
        "type": _D.type.__eq__,
        "event_id": _D.event_id.__eq__,
        "from_at": _D.created_at.__ge__,
        "to_at": _D.created_at.__lt__,
    },
    usual="-added",
)


async def page(tx: Tx, webhook_id: UUID, page: Page, wanted: Mapping[str, Any]) -> Sequence[Delivery]:
    """Those of a webhook that are wanted, in the order asked for."""
    query = select(webhook_deliveries).where(_D.webhook_id == webhook_id)
    return [_of_row(row) for row in await page.read(tx, query, wanted)]


async def begin(tx: Tx, webhook_id: UUID, *, now_at: datetime, attempted_at: datetime, most: int) -> Sequence[Delivery]:
    """Write down an attempt for each that is due, those tried most often first; what crashes here is tried again."""
    due = (
        select(_D.delivery_id)
        .where(_D.webhook_id == webhook_id, _D.state == DeliveryState.PENDING, _D.next_at <= now_at)
        .order_by(_D.attempts.desc(), _D.next_at, _D.delivery_id)
        .limit(most)
        .with_for_update()
        .cte("due")  # read once: as a subquery it may be read again for each row, beyond its limit
    )
    values: dict[str, Any] = {"attempts": _D.attempts + 1, "attempted_at": attempted_at}
    values |= {"status": None, "error": _INTERRUPTED, "response": None}
    query = (
        update(webhook_deliveries)
        .where(_D.delivery_id.in_(select(due.c.delivery_id)))
        .values(values)
        .returning(webhook_deliveries)
    )
    return [_of_row(row) for row in await tx.execute(query)]


async def conclude(tx: Tx, verdict: Verdict, said: Mapping[str, Any]) -> None:
    """What an attempt brought. Whoever was given up meanwhile, its webhook being switched off, stays given up."""
    query = update(webhook_deliveries).where(_D.delivery_id == verdict.delivery_id)
    if verdict.state is not DeliveryState.DELIVERED:
        query = query.where(_D.state == DeliveryState.PENDING)
    await tx.execute(query.values(state=verdict.state, next_at=verdict.next_at, **said))


async def rest(tx: Tx, webhook_id: UUID, until_at: datetime) -> None:
    """Nothing of what waits goes out before the webhook has rested."""
    waits = (_D.webhook_id == webhook_id, _D.state == DeliveryState.PENDING, _D.next_at < until_at)
    await tx.execute(update(webhook_deliveries).where(*waits).values(next_at=until_at))


async def give_up(tx: Tx, webhook_id: UUID, error: str) -> None:
    """All that waits has failed: the webhook was switched off."""
    waits = (_D.webhook_id == webhook_id, _D.state == DeliveryState.PENDING)
    query = update(webhook_deliveries).where(*waits)
    await tx.execute(query.values(state=DeliveryState.FAILED, next_at=None, error=func.coalesce(_D.error, error)))


async def again(tx: Tx, delivery_id: UUID, *, now_at: datetime) -> None:
    """As if it had never been tried."""
    values: dict[str, Any] = {"state": DeliveryState.PENDING, "next_at": now_at, "attempts": 0}
    await tx.execute(update(webhook_deliveries).where(_D.delivery_id == delivery_id).values(values))


async def next_at(tx: Tx, webhook_id: UUID) -> datetime | None:
    """When the first of what waits is due."""
    query = select(func.min(_D.next_at)).where(_D.webhook_id == webhook_id, _D.state == DeliveryState.PENDING)
    found: datetime | None = (await tx.execute(query)).scalar()
    return found


async def forget(tx: Tx, webhook_id: UUID, before_at: datetime) -> None:
    """Those that are over and older."""
    old = (_D.webhook_id == webhook_id, _D.created_at < before_at, _D.state != DeliveryState.PENDING)
    await tx.execute(delete(webhook_deliveries).where(*old))
