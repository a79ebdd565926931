"""Add rows to a hashprice series (rule 4.2); failover time that now has a price is derived again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.outbox import publish_all
from events.metering import HashpricePublished
from metering.domain.hashprice import refuse_overlapping_hashprice
from metering.domain.refusals import BadHashprice
from metering.domain.values import HashpriceRow
from metering.store import copies, hashprices, locks, settings
from metering.use_cases.mark_days import mark_facts


async def add_hashprice(
    tx: Tx, organization_id: UUID, series: str, rows: Sequence[tuple[datetime, datetime, str]], *, at: datetime
) -> None:
    """Rows of (from, to, price); all or none. Overlapping ones are refused, also with what is there."""
    await locks.alone(tx, organization_id)
    ends = (min(row[0] for row in rows), max(row[1] for row in rows))
    for number, (from_at, to_at, price) in enumerate(rows):
        if to_at <= from_at or Fraction(price) < 0:
            raise BadHashprice(
                f"A price of {price} from {from_at.isoformat()} to {to_at.isoformat()} is none.",
                field=f"rows.{number}",
                remedy="from before to, 0 or more",
            )
    new = [HashpriceRow(from_at, to_at, Fraction(price)) for from_at, to_at, price in rows]
    refuse_overlapping_hashprice([*new, *await hashprices.between(tx, series, *ends)])
    await hashprices.add(tx, organization_id, series, rows)
    events = [
        HashpricePublished(series=series, from_at=from_at, to_at=to_at, usd_per_ph_day=price)
        for from_at, to_at, price in rows
    ]
    await publish_all(tx, organization_id, events, at=at, source="metering")
    if series == (await settings.read(tx)).hashprice_series:
        await mark_facts(tx, organization_id, await copies.all_assigned(tx), *ends)
