"""All evidence of some units that a span of time rests on, read from the store (rule 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from common.db import Tx
from metering.domain.instants import BEGIN_US, END_US, micros_of
from metering.domain.values import (
    Channel,
    ChannelReads,
    FormerChannel,
    HashpriceRow,
    Method,
    Rating,
    ResetEstimate,
    TelemetryRow,
    UnitEvidence,
)
from metering.store import copies, hashprices, meters, polls, scans, settings, states
from metering.store.meters import ChannelRow, Pdu
from metering.store.polls import PduReads
from metering.store.states import Start
from metering.use_cases.windows_of import Billed, billed

WATT_HOUR = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Meters:
    """What stays the same while reads are fetched: channels with their starts, ratings, other evidence."""

    units: Sequence[UUID]
    day: date
    span: tuple[datetime, datetime]
    channels: Mapping[UUID, Sequence[ChannelRow]]
    former: Mapping[UUID, Sequence[ChannelRow]]
    pdus: Mapping[UUID, Pdu]
    starts: Mapping[UUID, Start]
    ratings: Mapping[UUID, Sequence[Rating]]
    telemetry: Mapping[UUID, Sequence[TelemetryRow]]
    hashprice: Sequence[HashpriceRow]
    reset_estimate: ResetEstimate
    billed: Billed


async def gather(
    tx: Tx, units: Sequence[UUID], day: date, span: tuple[datetime, datetime], *, from_the_first: bool = False
) -> Meters:
    """Everything but the reads, for a span that begins with the local day. `from_the_first`: use no frozen states."""
    assignments = await copies.assignments_of(tx, units)
    contracts = billed(assignments, await copies.versions_of(tx, {one.contract_id for one in assignments}))
    chosen = await settings.read(tx)
    channels, former = await _channels(tx, units, chosen.reset_estimate)
    every = [one for rows in (*channels.values(), *former.values()) for one in rows]
    starts = {} if from_the_first else await states.youngest(tx, {one.channel_id for one in every}, day)
    return Meters(
        units=units,
        day=day,
        span=span,
        channels=channels,
        former=former,
        pdus={pdu_id: await meters.pdu_of(tx, pdu_id) for pdu_id in {one.pdu_id for one in every}},
        starts=starts,
        ratings=await _ratings(tx, {*units, *(one.unit_id for one in every)}),
        telemetry=await scans.rows_of(tx, set(units), *span, by_status=_without_hash(units, contracts)),
        hashprice=await hashprices.between(tx, chosen.hashprice_series, *span) if contracts.by_market else [],
        reset_estimate=ResetEstimate(chosen.reset_estimate),
        billed=contracts,
    )


def _without_hash(units: Sequence[UUID], contracts: Billed) -> set[UUID]:
    """The units whose hashrate no contract asks for."""
    return {
        unit for unit in units if all(Method.HASH not in window.methods for window in contracts.windows.get(unit, []))
    }


async def _channels(
    tx: Tx, units: Sequence[UUID], reset_estimate: str
) -> tuple[dict[UUID, list[ChannelRow]], dict[UUID, list[ChannelRow]]]:
    """By unit: its channels; and, where the mean of an outlet counts, the outlets' channels while they fed others."""
    own: dict[UUID, list[ChannelRow]] = defaultdict(list)
    former: dict[UUID, list[ChannelRow]] = defaultdict(list)
    for row in await meters.channels_of(tx, units=units):
        own[row.unit_id].append(row)
    if reset_estimate == ResetEstimate.MEAN and own:
        outlets = {row.outlet for rows in own.values() for row in rows}
        others = await meters.channels_of(tx, outlets=outlets)
        for unit, rows in own.items():
            places = {(row.site_id, row.outlet) for row in rows}
            former[unit] = [one for one in others if (one.site_id, one.outlet) in places and one.unit_id != unit]
    return own, former


async def _ratings(tx: Tx, units: set[UUID]) -> dict[UUID, list[Rating]]:
    """Each version's rating holds from its instant on and takes the place of earlier versions' later ones."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in await copies.ratings_of(tx, units):
        kept = [one for one in found[row.unit_id] if row.from_at and (not one.from_at or one.from_at < row.from_at)]
        found[row.unit_id] = kept if kept and _same(kept[-1], row) else [*kept, row]
    return {unit: [_rating(row) for row in rows] for unit, rows in found.items()}


def _same(left: Any, right: Any) -> bool:
    return all(getattr(left, name) == getattr(right, name) for name in ("rated_w", "rated_ths", "efficiency_jth"))


def _rating(row: Any) -> Rating:
    return Rating(
        rated_w=Fraction(row.rated_w),
        rated_ths=Fraction(row.rated_ths),
        efficiency_jth=Fraction(row.efficiency_jth) if row.efficiency_jth else None,
        from_at=row.from_at,
    )


async def reads_of(tx: Tx, known: Meters, pdu_ids: Sequence[UUID], ahead: timedelta | None) -> dict[UUID, PduReads]:
    """The polls of the PDUs from where their channels' walks begin to so long after the span's end."""
    begins: dict[UUID, datetime | None] = {}
    until_at = None if ahead is None else known.span[1] + ahead
    for row in living(known):
        if row.pdu_id in pdu_ids:
            begun_at = _begins_at(known, row)
            before = begins.get(row.pdu_id, begun_at)
            begins[row.pdu_id] = None if before is None or begun_at is None else min(before, begun_at)
    found: dict[UUID, PduReads] = {}
    together: dict[datetime | None, list[UUID]] = defaultdict(list)
    for pdu_id, begun_at in begins.items():
        together[begun_at].append(pdu_id)
    for begun_at, some in together.items():
        found.update(await polls.read(tx, some, begun_at, until_at))
    return found


def _begins_at(known: Meters, row: ChannelRow) -> datetime | None:
    start = known.starts.get(row.channel_id)
    return row.from_at if start is None else start.begins_at


def living(known: Meters) -> list[ChannelRow]:
    """The channels whose reads may matter: not those that begin after the span."""
    rows = {one.channel_id: one for part in (known.channels, known.former) for rows in part.values() for one in rows}
    return [one for one in rows.values() if one.from_at is None or one.from_at < known.span[1]]


def evidence_of(known: Meters, unit: UUID, reads: Mapping[UUID, PduReads]) -> UnitEvidence:
    """The unit's evidence as the domain wants it."""
    return UnitEvidence(
        unit_id=str(unit),
        ratings=known.ratings.get(unit, []),
        channels=[_channel_reads(known, row, reads) for row in known.channels.get(unit, [])],
        telemetry=known.telemetry.get(unit, []),
        hashprice=known.hashprice,
        reset_estimate=known.reset_estimate,
        former=[
            FormerChannel(_channel_reads(known, row, reads), known.ratings.get(row.unit_id, []))
            for row in known.former.get(unit, [])
        ],
    )


def _channel_reads(known: Meters, row: ChannelRow, reads: Mapping[UUID, PduReads]) -> ChannelReads:
    pdu = known.pdus[row.pdu_id]
    channel = Channel(
        channel_id=str(row.channel_id),
        outlet_id=f"{row.site_id}/{row.outlet}",
        unit_id=str(row.unit_id),
        modulus_kwh=Fraction(pdu.modulus_kwh),
        tick_kwh=Fraction(pdu.tick_kwh),
        from_at=row.from_at,
        to_at=row.to_at,
    )
    start = known.starts.get(row.channel_id)
    begun_at = _begins_at(known, row)
    polled = reads.get(row.pdu_id)
    instants: Sequence[int] = ()
    registers: Sequence[int] = ()
    if polled is not None and (row.from_at is None or row.from_at < known.span[1]):
        from_us = BEGIN_US if begun_at is None else micros_of(begun_at)
        to_us = END_US if row.to_at is None else micros_of(row.to_at)
        instants, registers = polled.of(row.position, from_us, to_us)
    return ChannelReads(channel, instants, registers, WATT_HOUR, start.state if start is not None else None)
