"""Polls one by one, as they came: for people and for the list of what was set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import column

from common.db import Tx
from common.listing import Listing
from metering.store import blocks
from metering.store.driver import driver
from metering.store.packing import unpacked
from metering.store.raw_poll import RawPoll

_PAGE = """
    select polled_at, digest, received_at, energy_wh, power_w from polls
    where organization_id = $1 and pdu_id = $2 and (polled_at, digest) > ($3, $4) and polled_at >= $3
        and polled_at < $5
    order by polled_at, digest limit $6
"""
_NEWEST = """
    select polled_at, digest, received_at, energy_wh, power_w from polls
    where organization_id = $1 and pdu_id = $2 and (polled_at, digest) < ($3, $4) and polled_at <= $3
        and polled_at >= $5
    order by polled_at desc, digest desc limit $6
"""
_LAST = """
    select wanted.id, newest.polled_at, newest.power_w from unnest($2::uuid[]) as wanted (id), lateral (
        (select polled_at, power_w from polls
        where organization_id = $1 and pdu_id = wanted.id order by polled_at desc limit 1)
        union all
        (select last_at, null from packed_polls
        where organization_id = $1 and pdu_id = wanted.id order by day desc limit 1)
    ) as newest order by newest.polled_at
"""
_FIRST = """
    select least(
        (select min(polled_at) from (select pdu_id from pdus) as known, lateral (
            select polled_at from polls where organization_id = $1 and polls.pdu_id = known.pdu_id
            order by polled_at limit 1
        ) as oldest),
        (select min(first_at) from packed_polls where organization_id = $1))
"""
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST, END = -(1 << 63), datetime(9999, 12, 30, tzinfo=UTC)
LISTING = Listing(key=(), sorts={"polled_at": column("polled_at")}, filters={}, usual="polled_at")


@dataclass(frozen=True, slots=True)
class LastPoll:
    """The newest poll of a PDU."""

    polled_at: datetime
    power_w: list[int | None] | None


async def page(
    tx: Tx,
    organization_id: UUID,
    pdu_id: UUID,
    after: tuple[datetime, int | None],
    to_at: datetime | None,
    most: int,
) -> list[RawPoll]:
    """A PDU's polls from an instant on (or after a poll of it), before another, in order of time."""
    connection = await driver(tx)
    begun_at, after_digest = after[0], _LEAST if after[1] is None else after[1]
    rows = await connection.fetch(_PAGE, organization_id, pdu_id, begun_at, after_digest, to_at or END, most)
    found = [_poll(row) for row in rows]
    until_at = found[-1].polled_at if len(found) == most else to_at or END
    known = {one.place for one in found}
    packed = (await blocks.between(tx, [pdu_id], begun_at, until_at)).get(pdu_id, [])
    found += [
        one
        for one in packed
        if one.place > (begun_at, after_digest) and (to_at is None or one.polled_at < to_at) and one.place not in known
    ]
    return sorted(found, key=lambda one: one.place)[:most]


async def newest(
    tx: Tx,
    organization_id: UUID,
    pdu_id: UUID,
    span: tuple[datetime, datetime],
    before: tuple[datetime, int] | None,
    most: int,
) -> list[RawPoll]:
    """A PDU's polls of a span (or before a poll in it), the newest first."""
    connection = await driver(tx)
    place = before or (span[1], _LEAST)
    rows = await connection.fetch(_NEWEST, organization_id, pdu_id, *place, span[0], most)
    found = [_poll(row) for row in rows]
    since_at = found[-1].polled_at if len(found) == most else span[0]
    known = {one.place for one in found}
    packed = (await blocks.between(tx, [pdu_id], since_at, place[0])).get(pdu_id, [])
    found += [one for one in packed if one.place < place and one.polled_at >= span[0] and one.place not in known]
    return sorted(found, key=lambda one: one.place, reverse=True)[:most]


def _poll(row: Any) -> RawPoll:
    return RawPoll(row[0], row[1], row[2], unpacked(row[3]), None if row[4] is None else unpacked(row[4]))


async def last_of(tx: Tx, organization_id: UUID, pdu_ids: list[UUID]) -> dict[UUID, LastPoll]:
    """By PDU, its newest poll; a PDU that was never polled is absent."""
    connection = await driver(tx)
    rows = await connection.fetch(_LAST, organization_id, pdu_ids)
    return {row[0]: LastPoll(row[1], None if row[2] is None else unpacked(row[2])) for row in rows}


async def first_at(tx: Tx, organization_id: UUID) -> datetime | None:
    """The instant of the oldest poll."""
    connection = await driver(tx)
    found: datetime | None = await connection.fetchval(_FIRST, organization_id)
    return found
