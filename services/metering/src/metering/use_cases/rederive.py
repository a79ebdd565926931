"""Derive marked units' closed days again, as far as late evidence reaches, and publish what differs (rule 3).

A late read can change everything after the last frozen reference that it leaves standing, until the walk meets a
reference that was frozen before and still is: from there on nothing differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from common import wakeups
from common.clock import day_start, local_day
from common.db import Tx
from common.organizations import organization
from common.outbox import publish
from events.metering import UsageDayClosed
from metering.store import closings, locks, marks, meters, releases, spans, states, watches
from metering.store.marks import Mark
from metering.store.meters import ChannelRow
from metering.store.states import Start
from metering.use_cases.derive_days import Days, Derived, derive_days
from metering.use_cases.mark_days import REDERIVE
from metering.use_cases.publish_usage import publish_usage

UNITS_AT_ONCE = 60
_STEP = timedelta(days=5)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Task:
    """One marked unit: the days to derive, the channels that late reads concern, and their starts before."""

    mark: Mark
    first: date
    channels: Sequence[ChannelRow] = ()
    before: dict[tuple[UUID, date], Start] = field(default_factory=dict)

    def is_done_by(self, day: date, zone: str, starts: dict[tuple[UUID, date], Start]) -> bool:
        """Whether nothing can differ from the start of the day on."""
        at = day_start(day, zone)
        if self.mark.facts_to is not None and self.mark.facts_to > at:
            return False
        if self.mark.reads_to is None:
            return True
        return all(
            (new := starts.get((row.channel_id, day))) is not None
            and new == self.before.get((row.channel_id, day))
            and new.begins_at > self.mark.reads_to
            for row in self.channels
        )


async def rederive(tx: Tx, organization_id: UUID, _payload: dict[str, Any], due_at: datetime) -> None:
    """The job behind the marks; it asks for itself again while some are left."""
    await locks.alone(tx, organization_id)
    first, last = await closings.first_day(tx), await closings.last_day(tx)
    taken = await marks.take(tx, UNITS_AT_ONCE)
    if first is not None and last is not None and taken:
        zone = (await organization(tx, organization_id)).timezone
        final_at = await releases.final_until(tx)
        whole = Days(first if final_at is None else max(first, local_day(final_at, zone)), last, zone)
        by_first: dict[date, list[_Task]] = defaultdict(list)
        for mark in taken:
            task = await _task(tx, mark, whole)
            if task.first <= last:
                by_first[task.first].append(task)
        for begun_on, tasks in sorted(by_first.items()):
            await _derive(tx, organization_id, tasks, Days(begun_on, last, zone), due_at)
        await close_again(tx, organization_id, whole, due_at)
    if await marks.any_left(tx):
        target = (REDERIVE, f"rederive/{organization_id}")
        await wakeups.job(tx, organization_id, target, at=due_at, payload={})


async def _task(tx: Tx, mark: Mark, whole: Days) -> _Task:
    """From which day on the unit's usage may differ."""
    begins = [local_day(mark.facts_from, whole.zone)] if mark.facts_from is not None else []
    task = _Task(mark, whole.first)
    if mark.reads_from is not None:
        rows = await meters.channels_of(tx, units=[mark.unit_id])
        task.channels = [row for row in rows if row.to_at is None or row.to_at >= mark.reads_from]
        ids = [row.channel_id for row in task.channels]
        task.before = {(one.channel_id, one.day): one for one in await states.upset(tx, ids, mark.reads_from)}
        standing = await states.youngest(tx, ids, whole.last + _DAY)
        for row in task.channels:
            start = standing.get(row.channel_id)
            begun_at = row.from_at if start is None else start.begins_at
            begins.append(whole.first if begun_at is None else local_day(begun_at, whole.zone))
    task.first = max(whole.first, min(begins, default=whole.last + _DAY))
    return task


async def _derive(tx: Tx, organization_id: UUID, tasks: list[_Task], whole: Days, at: datetime) -> None:
    """A few days at a time, until nothing can differ any more for any of the units."""
    begun_on = whole.first
    while tasks and begun_on <= whole.last:
        days = Days(begun_on, min(begun_on + _STEP - _DAY, whole.last), whole.zone)
        outcome = await derive_days(tx, [task.mark.unit_id for task in tasks], days)
        await publish_usage(tx, organization_id, outcome, days, at=at)
        derived = {one.unit_id: one for one in outcome.units}
        tasks = await _keep(tx, organization_id, tasks, derived, (days, whole))
        begun_on = days.last + _DAY


async def _keep(
    tx: Tx, organization_id: UUID, tasks: list[_Task], derived: dict[UUID, Derived], days: tuple[Days, Days]
) -> list[_Task]:
    """Write down the new starts and watches; answers the units that must go on."""
    done, whole = days
    going_on: list[_Task] = []
    kept: list[Start] = []
    looked: list[watches.Watch] = []
    for task in tasks:
        one = derived[task.mark.unit_id]
        kept += one.starts
        starts = {(start.channel_id, start.day): start for start in one.starts}
        next_day = done.last + _DAY
        if done.last == whole.last:
            looked += one.watches
        elif task.is_done_by(next_day, whole.zone, starts):
            kept += [start for (_, day), start in task.before.items() if day > next_day]
        else:
            going_on.append(task)
    await states.put(tx, organization_id, kept)
    await watches.keep(tx, looked)
    return going_on


async def close_again(tx: Tx, organization_id: UUID, whole: Days, at: datetime) -> None:
    """Days that now hold another number of spans say so."""
    found = await spans.counts(tx, whole.first, whole.last)
    for day, count in await closings.differing(tx, found):
        await closings.put(tx, organization_id, day, count, is_complete=True, at=at)
        closed = UsageDayClosed(organization_id=organization_id, day=day, span_count=count)
        await publish(tx, organization_id, closed, at=at, source="metering")
