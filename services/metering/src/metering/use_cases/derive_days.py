"""Usage of some units over local days, from what is stored, exactly as the whole evidence would give it (rule 3).

A day is derived from a state frozen before it and a few reads after it. Where those few do not settle the day's end
yet, more are fetched; where a frozen state does not fit, the walk begins at the first read.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from common import telemetry
from common.clock import day_end, day_start
from common.db import Tx
from common.errors import RuleBroken
from metering.domain.instants import instant_at, micros_of
from metering.domain.known import KnownUnit
from metering.domain.outlets import WalkedChannel
from metering.domain.refusals import StateStale
from metering.domain.spans import UsageSpan
from metering.domain.usage import known_of, states_of, usage_of
from metering.domain.values import ContractWindow
from metering.store import polls
from metering.store.meters import ChannelRow
from metering.store.polls import PduReads
from metering.store.states import Start
from metering.store.watches import Watch
from metering.use_cases.gather_evidence import Meters, evidence_of, gather, living, reads_of

_AHEAD = (timedelta(hours=3), timedelta(days=1), timedelta(days=8), None)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Consecutive local days in a zone; `until_at` cuts the last one short (running usage)."""

    first: date
    last: date
    zone: str
    until_at: datetime | None = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        end_at = day_end(self.last, self.zone)
        return day_start(self.first, self.zone), end_at if self.until_at is None else min(end_at, self.until_at)

    @property
    def each(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def following(self) -> list[date]:
        """The days that begin after the first one, up to the one after the last."""
        return [day + timedelta(days=1) for day in self.each]


@dataclass(frozen=True, slots=True)
class Seen:
    """A unit's evidence as it was walked, and the windows of its contracts: kept only where it is asked for."""

    known: KnownUnit
    windows: Sequence[ContractWindow]


@dataclass(frozen=True, slots=True)
class Derived:
    """A unit's usage over the days, where later days may begin, and how far was looked for it."""

    unit_id: UUID
    spans: Sequence[UsageSpan]
    starts: Sequence[Start] = ()
    watches: Sequence[Watch] = ()
    failed: RuleBroken | None = None
    seen: Seen | None = None


@dataclass(slots=True)
class Outcome:
    """What was derived, and whose contracts the spans belong to."""

    units: list[Derived] = field(default_factory=list)
    customers: Mapping[UUID, UUID] = field(default_factory=dict)


async def derive_days(
    tx: Tx, units: Sequence[UUID], days: Days, *, keep: bool = False, from_the_first: bool = False
) -> Outcome:
    """The units' usage over the days. A unit that cannot be derived comes with its refusal; the others go on.

    `keep` keeps what was seen of each unit; `from_the_first` trusts no frozen state.
    """
    known = await gather(tx, units, days.first, days.span, from_the_first=from_the_first)
    found = await _settled(tx, known, days, keep=keep)
    stale = [one.unit_id for one in found if isinstance(one.failed, StateStale)]
    if stale:
        telemetry.log().info("derived from the first read", count=len(stale))
        fresh = await gather(tx, stale, days.first, days.span, from_the_first=True)
        again = {one.unit_id: one for one in await _settled(tx, fresh, days, keep=keep)}
        found = [again.get(one.unit_id, one) for one in found]
    for one in found:
        if one.failed is not None:
            telemetry.log().warning("unit not derived", unit_id=str(one.unit_id), reason=one.failed.message)
    return Outcome(found, known.billed.customers)


async def _settled(tx: Tx, known: Meters, days: Days, *, keep: bool) -> list[Derived]:
    """Derive; fetch more reads for the PDUs whose last day is not settled by those at hand, until there are none."""
    reads: dict[UUID, PduReads] = {}
    pdu_ids = {row.pdu_id for row in living(known)}
    todo = list(known.units)
    found: dict[UUID, Derived] = {}
    for ahead in _AHEAD if days.until_at is None else (timedelta(0),):
        reads.update(await reads_of(tx, known, list(pdu_ids), ahead))
        found.update(await asyncio.to_thread(_derive_all, known, todo, (reads, days, keep)))
        hanging = _hanging(known, found, todo)
        pdu_ids = {row.pdu_id for rows in hanging.values() for row in rows}
        if ahead is not None:
            after_at = days.span[1] + ahead
            pdu_ids = {pdu_id for pdu_id in pdu_ids if await polls.any_after(tx, pdu_id, after_at)}
        todo = [unit for unit, rows in hanging.items() if any(row.pdu_id in pdu_ids for row in rows)]
        if not todo:
            break
    return [found[unit] for unit in known.units]


def _hanging(known: Meters, found: Mapping[UUID, Derived], units: Sequence[UUID]) -> dict[UUID, list[ChannelRow]]:
    """By unit, the channels whose end of the span waits for further reads."""
    waiting = {}
    for unit in units:
        is_open = {watch.channel_id for watch in found[unit].watches if watch.is_open}
        rows = [row for row in known.channels.get(unit, []) if row.channel_id in is_open]
        if rows:
            waiting[unit] = rows
    return waiting


def _derive_all(
    known: Meters, units: Sequence[UUID], asked: tuple[Mapping[UUID, PduReads], Days, bool]
) -> dict[UUID, Derived]:
    return {unit: _derive(known, unit, *asked) for unit in units}


def _derive(known: Meters, unit: UUID, reads: Mapping[UUID, PduReads], days: Days, keep: bool) -> Derived:
    windows = known.billed.windows.get(unit, [])
    evidence = evidence_of(known, unit, reads)
    if not evidence.ratings:
        return Derived(unit, [], failed=RuleBroken("The unit's rating is not known yet."))
    try:
        walked = known_of(evidence)
        edges = [day_start(day, days.zone) for day in days.each]
        spans = usage_of(walked, windows, edges, days.span)
    except RuleBroken as error:
        return Derived(unit, [], failed=error)
    first_reads = {reads.channel.channel_id: min(reads.instants_us, default=None) for reads in evidence.channels}
    starts = [one for day in days.following for one in _starts(known, unit, walked, first_reads, (day, days.zone))]
    seen = Seen(walked, windows) if keep else None
    return Derived(unit, spans, starts, _watches(known, unit, walked, days.span[1]), seen=seen)


def _starts(
    known: Meters,
    unit: UUID,
    walked: KnownUnit,
    first_reads: Mapping[str, int | None],
    morning: tuple[date, str],
) -> list[Start]:
    """Where the walks of the unit's channels may begin on a later day."""
    day, zone = morning
    at = day_start(day, zone)
    frozen = states_of(walked, at)
    found = []
    for row in known.channels.get(unit, []):
        if row.from_at is not None and row.from_at >= at:
            continue
        state = frozen.get(str(row.channel_id))
        if state is not None:
            found.append(Start.of_state(row.channel_id, day, state))
            continue
        first_us = first_reads.get(str(row.channel_id))
        begins_at = at if first_us is None else min(at, instant_at(first_us))
        found.append(Start(row.channel_id, day, begins_at, begins_at - _INSTANT))
    return found


def _watches(known: Meters, unit: UUID, walked: KnownUnit, end_at: datetime) -> list[Watch]:
    """Up to which read the end of the span was settled, by channel."""
    lives = {str(row.channel_id): row for row in known.channels.get(unit, [])}
    found = []
    for one in walked.channels:
        row = lives[one.channel.channel_id]
        if row.from_at is None or row.from_at < end_at:
            looked_us = _looked_until(one, micros_of(end_at))
            if looked_us is not None:
                found.append(Watch(row.channel_id, instant_at(looked_us), is_open=False))
            elif row.to_at is not None and row.to_at <= end_at:
                found.append(Watch(row.channel_id, row.to_at, is_open=False))
            else:
                found.append(Watch(row.channel_id, end_at, is_open=True))
    return found


def _looked_until(one: WalkedChannel, end_us: int) -> int | None:
    """The last read that was looked at to settle everything before the end; None while it is not settled."""
    trace = one.trace
    times = trace.curve.times
    reference = bisect_left(times, end_us, 0, trace.settled)
    if reference >= trace.settled:
        return None
    return max(times[reference], *(us for since, us in trace.decisions if since <= reference), end_us)
