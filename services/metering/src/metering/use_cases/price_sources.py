"""Set where a series of hashprice is fetched from, and keep the intent each time that it is due (rule 4.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.db import Tx, new_id
from common.errors import NotFound
from common.http import Stale
from metering.domain.feed import PriceUnit, checked_pointer
from metering.store import price_sources
from metering.store.price_sources import Fetch, PriceSource

INTEND_FETCH = "intend_fetch"
KEPT = timedelta(days=400)


async def set_source(
    tx: Tx, organization_id: UUID, wanted: PriceSource, *, version: int | None, at: datetime
) -> PriceSource:
    """Set or change a source. `version` is the one that the caller read; None does not ask. Its first fetch is now."""
    checked_pointer(wanted.price_pointer, field="price_pointer")
    if wanted.instant_pointer is not None:
        checked_pointer(wanted.instant_pointer, field="instant_pointer")
    PriceUnit(wanted.unit)
    try:
        before = (await price_sources.source(tx, wanted.series)).version
    except NotFound:
        before = 0
    if version is not None and version != before:
        raise Stale("The source was changed meanwhile.", field="If-Match", remedy="read it again")
    after = replace(wanted, version=before + 1)
    await price_sources.put(tx, organization_id, after)
    if after.is_active:
        await _ask(tx, organization_id, after, at)
    return after


async def remove_source(tx: Tx, series: str) -> None:
    """No more fetches; the series stays as it is."""
    await price_sources.source(tx, series)
    await price_sources.remove(tx, series)


async def intend_fetch(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """Keep the intent to ask the address, and ask for the next one. A source that was changed has jobs of its own."""
    try:
        source = await price_sources.source(tx, payload["series"])
    except NotFound:
        return
    if not source.is_active or source.version != payload["version"]:
        return
    await price_sources.purge(tx, source.series, due_at - KEPT)
    await price_sources.intend(tx, organization_id, Fetch(new_id(), source.series, source.version, new_id(), due_at))
    await _ask(tx, organization_id, source, due_at + timedelta(minutes=source.interval_minutes))


async def _ask(tx: Tx, organization_id: UUID, source: PriceSource, at: datetime) -> None:
    target = (INTEND_FETCH, f"intend-fetch/{organization_id}/{source.series}")
    await wakeups.job(tx, organization_id, target, at=at, payload={"series": source.series, "version": source.version})
