"""Ask for closed days to be derived again, at once: late reads, late facts, corrections (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from common import wakeups
from common.clock import day_end
from common.db import Tx
from common.organizations import organization
from metering.store import closings, marks, releases
from metering.store.marks import Mark

REDERIVE = "rederive"
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
FOR_EVER = datetime(9999, 12, 30, tzinfo=UTC)


async def mark_facts(
    tx: Tx, organization_id: UUID, units: Iterable[UUID], from_at: datetime | None, to_at: datetime | None
) -> None:
    """Something other than a read changed for the units over [from_at, to_at); None is without limit."""
    ends = (from_at or _BEGIN, to_at or FOR_EVER)
    await mark(tx, organization_id, [Mark(unit_id, facts_from=ends[0], facts_to=ends[1]) for unit_id in set(units)])


async def mark(tx: Tx, organization_id: UUID, found: Sequence[Mark]) -> None:
    """Keep the marks that touch a closed day, and have the job run. The evidence lock must be shared."""
    last = await closings.last_day(tx)
    if last is None or not found:
        return
    host = await organization(tx, organization_id)
    closed_until = day_end(last, host.timezone)
    kept = [one for one in found if one.reads_from is not None or (one.facts_from or _BEGIN) < closed_until]
    final_at = await releases.final_until(tx)
    if final_at is not None:
        kept = [late for one in kept if (late := _after(one, final_at)) is not None]
    if kept:
        await marks.add(tx, organization_id, kept)
        await ask(tx, organization_id, host.now_at)


def _after(one: Mark, final_at: datetime) -> Mark | None:
    """What of a mark concerns days whose evidence is still there."""
    if one.reads_to is not None and one.reads_to < final_at:
        one = replace(one, reads_from=None, reads_to=None)
    if one.facts_to is not None and one.facts_to <= final_at:
        one = replace(one, facts_from=None, facts_to=None)
    if one.reads_from is not None:
        one = replace(one, reads_from=max(one.reads_from, final_at))
    if one.facts_from is not None:
        one = replace(one, facts_from=max(one.facts_from, final_at))
    return None if one.reads_from is None and one.facts_from is None else one


async def ask(tx: Tx, organization_id: UUID, at: datetime) -> None:
    """Have the job run once; one that waits already will see these marks too, as it takes the evidence lock alone."""
    if not await closings.is_waiting(tx, organization_id, REDERIVE):
        await wakeups.job(tx, organization_id, (REDERIVE, f"rederive/{organization_id}"), at=at, payload={})
