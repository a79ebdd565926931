"""Carry out intents to fetch hashprice: ask the address outside any transaction, then write what it said (rule 4.2).

A GET changes nothing: an intent whose outcome is not known after a crash is simply carried out again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from common.db import Database, Tx
from common.errors import NotFound, RuleBroken
from metering.domain.feed import PriceUnit, at_pointer, instant_in, price_of, row_of
from metering.domain.refusals import BadFeed
from metering.gateways.price_feed import PriceFeed
from metering.store import hashprices, price_sources
from metering.store.price_sources import Fetch, PriceSource
from metering.use_cases.add_hashprice import add_hashprice

FETCHES = Counter("hostbook_metering_fetches_total", "Hashprice fetched from an address", ["outcome"])


async def fetch_hashprice(database: Database, feed: PriceFeed, organization_id: UUID) -> int:
    """All open intents of the organization, one after the other; answers how many there were."""
    async with database.of(organization_id) as tx:
        fetches = await price_sources.intended(tx)
        sources = {one.series: one for one in await price_sources.sources(tx)}
    for fetch in fetches:
        source = sources.get(fetch.series)
        document: Any = None
        trouble: BadFeed | None = None
        if source is not None and source.version == fetch.source_version:
            try:
                document = await feed.document(source.url)
            except BadFeed as error:
                trouble = error
        async with database.of(organization_id) as tx:
            done = await _conclude(tx, organization_id, fetch, document, trouble)
        FETCHES.labels(done.state).inc()
    return len(fetches)


async def _conclude(tx: Tx, organization_id: UUID, fetch: Fetch, document: Any, trouble: BadFeed | None) -> Fetch:
    """The intent with what came of it. A source that was changed or removed meanwhile takes no price."""
    try:
        source = await price_sources.source(tx, fetch.series)
    except NotFound:
        source = None
    if source is None or source.version != fetch.source_version:
        done = replace(fetch, state="dropped", outcome="The source was changed or removed.")
    elif trouble is not None:
        done = replace(fetch, state="failed", outcome=trouble.message)
    else:
        try:
            done = await _take(tx, organization_id, source, fetch, document)
        except RuleBroken as error:
            done = replace(fetch, state="failed", outcome=error.message)
    await price_sources.conclude(tx, done)
    return done


async def _take(tx: Tx, organization_id: UUID, source: PriceSource, fetch: Fetch, document: Any) -> Fetch:
    """A new row of the series; the same price of the same instant again changes nothing."""
    price = price_of(at_pointer(document, source.price_pointer, field="price_pointer"), PriceUnit(source.unit))
    said_at: datetime = fetch.due_at
    if source.instant_pointer is not None:
        said_at = instant_in(at_pointer(document, source.instant_pointer, field="instant_pointer"))
    interval = timedelta(minutes=source.interval_minutes)
    near = await hashprices.between(tx, source.series, said_at - interval, said_at + 2 * interval)
    row = row_of(said_at, interval, max((one.to_at for one in near), default=None), fetch.due_at)
    told = replace(fetch, priced_at=said_at, usd_per_ph_day=price)
    if row is None or any(one.from_at == said_at and one.price == Fraction(price) for one in near):
        return replace(told, state="unchanged")
    await add_hashprice(tx, organization_id, source.series, [(*row, price)], at=fetch.due_at)
    return replace(told, state="fetched")
