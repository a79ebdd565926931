"""How fast stored polls become usage: a month of many units, as the service derives it."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from common.db import Database
from metering.store import polls
from metering.store.partitions import make_partitions
from metering.store.polls import Poll
from metering.use_cases.derive_days import Days, derive_days
from support.metering_house import activated
from support.speed.site import OUTLETS, Site, until

A_DAY = 288
UNITS_AT_ONCE = 10 * OUTLETS


async def stored_month(site: Site, database: Database, admin: Any, month: Days, count: int) -> list[UUID]:
    """So many units, each on an outlet of its own, with a poll every five minutes over the days."""
    units = [uuid4() for _ in range(count)]
    begun_at = month.span[0]
    facts = [fact for n, unit in enumerate(units) for fact in site.unit(unit, f"U{n}", begun_at)]
    contract = activated(site.contract_id, site.customer_id, start_at=begun_at, methods=["metered"])
    await site.tell(*facts, contract.model_copy(update={"version": 2}))

    async def are_known() -> bool:
        known = "select (select count(*) from assignments) > $1 and (select count(*) from unit_ratings) > $1"
        return bool(await admin.fetchval(known, count))

    await until(are_known)
    await _feed(site, units)
    await make_partitions(database, "polls", [begun_at + timedelta(days=n) for n in range(len(month.each) + 1)])
    for pdu_id in site.pdus[: -(-count // OUTLETS)]:
        async with database.of(site.organization_id) as tx:
            await polls.add(tx, site.organization_id, _polls(UUID(pdu_id), begun_at, len(month.each)))
    return units


async def _feed(site: Site, units: list[UUID]) -> None:
    channels = [
        {"pdu_id": site.pdus[n // OUTLETS], "position": n % OUTLETS + 1, "outlet": f"O{n}", "unit_id": str(unit)}
        for n, unit in enumerate(units)
    ]
    async with site.client() as client:
        for part in range(0, len(channels), 500):
            body = {"channels": channels[part : part + 500]}
            (await client.post("/v1/channels", json=body)).raise_for_status()


def _polls(pdu_id: UUID, begun_at: datetime, days: int) -> list[Poll]:
    outlets = range(OUTLETS)
    return [
        Poll(pdu_id, begun_at + timedelta(minutes=5 * n), begun_at, [10**6 + (290 + outlet) * n for outlet in outlets])
        for n in range(days * A_DAY + 1)
    ]


async def seconds_for(site: Site, database: Database, units: list[UUID], month: Days) -> float:
    """Seconds to derive the days of the units, some at a time as the service does."""
    begun = perf_counter()
    for first in range(0, len(units), UNITS_AT_ONCE):
        async with database.of(site.organization_id) as tx:
            outcome = await derive_days(tx, units[first : first + UNITS_AT_ONCE], month)
        assert all(len(one.spans) == len(month.each) for one in outcome.units)
    return perf_counter() - begun
