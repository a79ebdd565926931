"""Where hashprice is fetched from, each intent to fetch, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.errors import NotFound
from metering.store.order_tables import hashprice_fetches, hashprice_sources

# The intent covers what happens outside any transaction: while it is open, the organization has not settled.
_COVER = text("""
    insert into wakeups (id, organization_id, kind, target, target_id, payload, due_at, state)
    values (:id, :organization, 'job', 'fetch_hashprice', :target_id, '{}', :due_at, 'sent')
""")
_WAITING = text("select distinct organization_id from wakeups where target = 'fetch_hashprice' and state = 'sent'")
_UNCOVER = text("update wakeups set state = 'done' where id = :id")
_PURGE = text("delete from hashprice_fetches where series = :series and due_at < :before and state <> 'intended'")


@dataclass(frozen=True, slots=True)
class PriceSource:
    """An address set by the host: pointers into its JSON, its unit, how often it is asked."""

    series: str
    url: str
    price_pointer: str
    instant_pointer: str | None
    unit: str
    interval_minutes: int
    is_active: bool
    version: int = 0


@dataclass(frozen=True, slots=True)
class Fetch:
    """One intent to ask an address; `state` is intended, fetched, unchanged, failed or dropped."""

    fetch_id: UUID
    series: str
    source_version: int
    wakeup_id: UUID
    due_at: datetime
    state: str = "intended"
    outcome: str | None = None
    priced_at: datetime | None = None
    usd_per_ph_day: str | None = None


_SOURCE = [hashprice_sources.c[name] for name in PriceSource.__slots__]
_FETCH = [hashprice_fetches.c[name] for name in Fetch.__slots__]


async def sources(tx: Tx) -> list[PriceSource]:
    """All sources, by series."""
    rows = await tx.execute(select(*_SOURCE).order_by(hashprice_sources.c.series))
    return [PriceSource(*row) for row in rows]


async def source(tx: Tx, series: str) -> PriceSource:
    """The series' source."""
    row = (await tx.execute(select(*_SOURCE).where(hashprice_sources.c.series == series))).first()
    if row is None:
        raise NotFound(f"Series {series} has no source.", field="series")
    return PriceSource(*row)


async def put(tx: Tx, organization_id: UUID, one: PriceSource) -> None:
    values: dict[str, Any] = {name: getattr(one, name) for name in PriceSource.__slots__}
    statement = upsert(hashprice_sources).values(organization_id=organization_id, **values)
    changed = {name: statement.excluded[name] for name in values if name != "series"}
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id", "series"], set_=changed))


async def remove(tx: Tx, series: str) -> None:
    await tx.execute(delete(hashprice_sources).where(hashprice_sources.c.series == series))


async def intend(tx: Tx, organization_id: UUID, one: Fetch) -> None:
    """Keep the intent, and the wakeup that covers it."""
    values: dict[str, Any] = {name: getattr(one, name) for name in Fetch.__slots__}
    await tx.execute(insert(hashprice_fetches).values(organization_id=organization_id, **values))
    cover = {"id": one.wakeup_id, "organization": organization_id, "due_at": one.due_at}
    await tx.execute(_COVER, cover | {"target_id": f"fetch-hashprice/{organization_id}/{one.series}"})


async def waiting(tx: Tx) -> list[UUID]:
    """The organizations with an open intent; a SYSTEM transaction sees all."""
    return list((await tx.execute(_WAITING)).scalars())


async def intended(tx: Tx) -> list[Fetch]:
    """The organization's open intents, the oldest first."""
    query = select(*_FETCH).where(hashprice_fetches.c.state == "intended").order_by(hashprice_fetches.c.due_at)
    return [Fetch(*row) for row in await tx.execute(query)]


async def conclude(tx: Tx, one: Fetch) -> None:
    """Write down what came of an intent; nothing covers it any longer."""
    values = {name: getattr(one, name) for name in ("state", "outcome", "priced_at", "usd_per_ph_day")}
    fetches = hashprice_fetches
    await tx.execute(update(fetches).where(fetches.c.fetch_id == one.fetch_id).values(values))
    await tx.execute(_UNCOVER, {"id": one.wakeup_id})


async def last_fetches(tx: Tx, series: str, most: int) -> list[Fetch]:
    """The newest fetches of a series."""
    c = hashprice_fetches.c
    query = select(*_FETCH).where(c.series == series).order_by(c.due_at.desc(), c.fetch_id.desc()).limit(most)
    return [Fetch(*row) for row in await tx.execute(query)]


async def purge(tx: Tx, series: str, before: datetime) -> None:
    """Forget old fetches; the prices they brought stay in the series."""
    await tx.execute(_PURGE, {"series": series, "before": before})
