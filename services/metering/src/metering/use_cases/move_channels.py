"""Replace a PDU, move a unit's feed, swap outlets, hand an outlet over: lives end and begin at one instant (CB-45).

All in one transaction: the instants may lie in the past, and then the days since are derived again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from metering.domain import moves
from metering.domain.moves import Life, Opening, Place, Plan
from metering.store import locks, meters
from metering.store.marks import Mark
from metering.store.meters import ChannelRow
from metering.use_cases.mark_days import FOR_EVER, mark, mark_facts
from metering.use_cases.open_channels import announce, concerned_from, refuse_bad, refuse_overlaps
from metering.use_cases.wait_for_copies import wait_for_units


@dataclass(frozen=True, slots=True)
class Moved:
    """The channels that ended and those that took over; asked for again, only those that stand already."""

    ended: list[ChannelRow]
    opened: list[ChannelRow]


async def replace_pdu(
    tx: Tx,
    organization_id: UUID,
    pdus: tuple[UUID, UUID],
    positions: Mapping[int, int],
    moved_at: datetime,
    *,
    at: datetime,
) -> Moved:
    """Old PDU, new PDU: all channels of the one go on at the other from the instant on."""
    await locks.alone(tx, organization_id)
    for pdu_id in pdus:
        await meters.pdu_of(tx, pdu_id)
    lives = await _lives(tx, pdu_ids=set(pdus))
    plan = moves.replaced_pdu(lives, str(pdus[0]), str(pdus[1]), positions, moved_at)
    return await _carry_out(tx, organization_id, plan, moved_at, at)


async def move_feed(
    tx: Tx, organization_id: UUID, channel_id: UUID, place: Place, moved_at: datetime, *, at: datetime
) -> Moved:
    """The feed behind a channel goes to another outlet."""
    await locks.alone(tx, organization_id)
    row = await meters.channel(tx, channel_id)
    await meters.pdu_of(tx, UUID(place.pdu_id))
    lives = await _lives(tx, pdu_ids={row.pdu_id, UUID(place.pdu_id)})
    return await _carry_out(tx, organization_id, moves.moved(_life(row), place, lives, moved_at), moved_at, at)


async def swap_outlets(
    tx: Tx, organization_id: UUID, channel_ids: tuple[UUID, UUID], moved_at: datetime, *, at: datetime
) -> Moved:
    """Two units exchange their outlets."""
    await locks.alone(tx, organization_id)
    first, second = [await meters.channel(tx, channel_id) for channel_id in channel_ids]
    lives = await _lives(tx, pdu_ids={first.pdu_id, second.pdu_id})
    plan = moves.swapped(_life(first), _life(second), lives, moved_at)
    return await _carry_out(tx, organization_id, plan, moved_at, at)


async def hand_over(
    tx: Tx, organization_id: UUID, channel_id: UUID, unit_id: UUID, moved_at: datetime, *, at: datetime
) -> Moved:
    """The outlet behind a channel feeds another unit."""
    await wait_for_units(tx, [unit_id])
    await locks.alone(tx, organization_id)
    row = await meters.channel(tx, channel_id)
    lives = await _lives(tx, pdu_ids={row.pdu_id})
    return await _carry_out(
        tx, organization_id, moves.handed_over(_life(row), str(unit_id), lives, moved_at), moved_at, at
    )


async def _carry_out(tx: Tx, organization_id: UUID, plan: Plan, moved_at: datetime, at: datetime) -> Moved:
    if not plan.ending:
        return Moved([], [await meters.channel(tx, UUID(one.channel_id)) for one in plan.done])
    ended = [replace(await meters.channel(tx, UUID(one.channel_id)), to_at=moved_at) for one in plan.ending]
    opened = [await _row(tx, one, number) for number, one in enumerate(plan.opening)]
    await refuse_overlaps(tx, [*ended, *opened])
    for row in ended:
        await meters.end_channel(tx, row.channel_id, moved_at)
    await meters.add_channels(tx, organization_id, opened)
    await announce(tx, organization_id, [*ended, *opened], at)
    await mark(tx, organization_id, [Mark(row.unit_id, reads_from=moved_at, reads_to=FOR_EVER) for row in ended])
    for row in opened:
        await mark_facts(tx, organization_id, [row.unit_id], await concerned_from(tx, row), None)
    return Moved(ended, opened)


async def _row(tx: Tx, one: Opening, number: int) -> ChannelRow:
    pdu = await meters.pdu_of(tx, UUID(one.place.pdu_id))
    row = ChannelRow(
        channel_id=new_id(),
        pdu_id=pdu.pdu_id,
        site_id=pdu.site_id,
        unit_id=UUID(one.unit_id),
        position=one.place.position,
        outlet=one.place.outlet,
        from_at=one.from_at,
        to_at=one.to_at,
    )
    refuse_bad(row, pdu, f"opened.{number}")
    return row


async def _lives(tx: Tx, **which: Any) -> list[Life]:
    return [_life(row) for row in await meters.channels_of(tx, **which)]


def _life(row: ChannelRow) -> Life:
    place = Place(str(row.pdu_id), row.position, row.outlet)
    return Life(str(row.channel_id), place, str(row.unit_id), row.from_at, row.to_at)
