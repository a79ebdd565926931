"""Open and close channels: which register feeds which unit from when on (rule 3; CB-45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.errors import NotFound
from common.outbox import publish_all
from events.metering import ChannelOpened
from metering.domain.refusals import BadChannel
from metering.domain.registers import refuse_overlapping_channels
from metering.domain.values import Channel
from metering.store import locks, meters
from metering.store.marks import Mark
from metering.store.meters import ChannelRow, Pdu
from metering.use_cases.mark_days import FOR_EVER, mark, mark_facts
from metering.use_cases.wait_for_copies import wait_for_units
from metering.use_cases.watch_pdus import ask_to_watch


async def open_channels(tx: Tx, organization_id: UUID, rows: Sequence[ChannelRow], *, at: datetime) -> list[ChannelRow]:
    """All of them or none. Two channels of one outlet, or of one PDU's position, may touch, not overlap."""
    await wait_for_units(tx, {row.unit_id for row in rows})
    await locks.alone(tx, organization_id)
    pdus = {row.pdu_id: await meters.pdu_of(tx, row.pdu_id) for row in {r.pdu_id: r for r in rows}.values()}
    placed = [replace(row, site_id=pdus[row.pdu_id].site_id) for row in rows]
    for number, row in enumerate(placed):
        refuse_bad(row, pdus[row.pdu_id], f"channels.{number}")
    await refuse_overlaps(tx, placed)
    await meters.add_channels(tx, organization_id, placed)
    await announce(tx, organization_id, placed, at)
    for row in placed:
        await mark_facts(tx, organization_id, [row.unit_id], await concerned_from(tx, row), None)
    await ask_to_watch(tx, organization_id, at)
    return placed


async def concerned_from(tx: Tx, row: ChannelRow) -> datetime | None:
    """Since when the unit's usage may differ: a hole that the channel ends still feeds, so since its beginning."""
    if row.from_at is None:
        return None
    others = [
        one.to_at
        for one in await meters.channels_of(tx, units=[row.unit_id])
        if one.outlet == row.outlet and one.site_id == row.site_id and one.to_at is not None
    ]
    return max((to_at for to_at in others if to_at <= row.from_at), default=row.from_at)


async def close_channel(
    tx: Tx, organization_id: UUID, channel_id: UUID, to_at: datetime, *, at: datetime
) -> ChannelRow:
    """End a channel's life: the PDU was replaced or the unit moved. Its end may also be corrected."""
    await locks.alone(tx, organization_id)
    before = await meters.channel(tx, channel_id)
    after = replace(before, to_at=to_at)
    if before.from_at is not None and to_at <= before.from_at:
        raise BadChannel("A channel ends after it begins.", field="to_at", remedy="a later instant")
    await refuse_overlaps(tx, [after])
    await meters.end_channel(tx, channel_id, to_at)
    await announce(tx, organization_id, [after], at)
    since = to_at if before.to_at is None else min(to_at, before.to_at)
    await mark(tx, organization_id, [Mark(after.unit_id, reads_from=since, reads_to=FOR_EVER)])
    return after


def refuse_bad(row: ChannelRow, pdu: Pdu, field: str) -> None:
    """Refuse a position that the PDU does not have, and a life that ends before it begins."""
    if not 1 <= row.position <= pdu.outlet_count:
        raise NotFound(
            f"PDU {pdu.name} has no outlet {row.position}.",
            field=f"{field}.position",
            remedy=f"1 to {pdu.outlet_count}",
        )
    if row.from_at is not None and row.to_at is not None and row.to_at <= row.from_at:
        raise BadChannel("A channel ends after it begins.", field=f"{field}.to_at", remedy="a later instant")


async def refuse_overlaps(tx: Tx, rows: Sequence[ChannelRow]) -> None:
    """Refuse rows, new or changed, that overlap each other or others on an outlet or a position."""
    new = {row.channel_id for row in rows}
    near = await meters.channels_of(tx, pdu_ids={row.pdu_id for row in rows}, outlets={row.outlet for row in rows})
    every = [*rows, *(row for row in near if row.channel_id not in new)]
    for place in (_outlet, _position):
        refuse_overlapping_channels(
            Channel(
                channel_id=str(row.channel_id),
                outlet_id=place(row),
                unit_id=str(row.unit_id),
                modulus_kwh=Fraction(1),
                tick_kwh=Fraction(1),
                from_at=row.from_at,
                to_at=row.to_at,
            )
            for row in every
        )


def _outlet(row: ChannelRow) -> str:
    return f"{row.site_id}/{row.outlet}"


def _position(row: ChannelRow) -> str:
    return f"{row.pdu_id}/{row.position}"


async def announce(tx: Tx, organization_id: UUID, rows: Sequence[ChannelRow], at: datetime) -> None:
    """Tell what the channels' lives are now."""
    events = [
        ChannelOpened(
            channel_id=row.channel_id,
            unit_id=row.unit_id,
            pdu_id=row.pdu_id,
            outlet=row.outlet,
            from_at=row.from_at,
            to_at=row.to_at,
        )
        for row in rows
    ]
    await publish_all(tx, organization_id, events, at=at, source="metering")
