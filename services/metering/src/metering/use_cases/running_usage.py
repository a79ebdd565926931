"""Usage of days that are not closed yet, as the evidence at hand gives it now; nothing is stored or published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.organizations import organization
from events.metering import UsageMeasured
from metering.store import closings
from metering.use_cases.derive_days import Days, derive_days
from metering.use_cases.measured import measured

MOST_DAYS = 40


async def running_usage(
    tx: Tx, organization_id: UUID, units: Sequence[UUID], first: date, last: date
) -> list[UsageMeasured]:
    """The spans of the open days among these, up to now; the youngest of them if there are very many."""
    host = await organization(tx, organization_id)
    closed = await closings.last_day(tx)
    begun_on = first if closed is None else max(first, closed + timedelta(days=1))
    ended_on = min(last, local_day(host.now_at, host.timezone))
    begun_on = max(begun_on, ended_on - timedelta(days=MOST_DAYS))
    if begun_on > ended_on or not units:
        return []
    days = Days(begun_on, ended_on, host.timezone, host.now_at)
    if days.span[0] >= days.span[1]:
        return []
    outcome = await derive_days(tx, units, days)
    return [
        measured(span, outcome.customers[UUID(span.contract_id)], local_day(span.from_at, host.timezone))
        for one in outcome.units
        for span in one.spans
    ]
