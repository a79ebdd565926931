"""Packed days of polls: written once their month is long past, read beside the rows of younger months.

Readers look at rows first and at blocks then: what is packed meanwhile is seen twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from common.db import Tx
from metering.store.day_block import block_of, polls_in
from metering.store.driver import driver
from metering.store.packing import unpacked
from metering.store.raw_poll import RawPoll

_BETWEEN = """
    select pdu_id, block from packed_polls
    where pdu_id = any($1) and last_at >= $2 and first_at <= $3 order by pdu_id, day
"""
_LATER = "select exists (select from packed_polls where pdu_id = $1 and last_at > $2)"
_ROWS = """
    select polled_at, digest, received_at, energy_wh, power_w from polls
    where organization_id = $1 and pdu_id = $2 and polled_at >= $3 and polled_at < $4 order by polled_at, digest
"""
_OLD = "select block from packed_polls where pdu_id = $1 and day = $2"
_PUT = """
    insert into packed_polls (organization_id, pdu_id, day, first_at, last_at, poll_count, block)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (organization_id, pdu_id, day) do update set first_at = excluded.first_at,
        last_at = excluded.last_at, poll_count = excluded.poll_count, block = excluded.block
"""
_REMOVE = "delete from polls where organization_id = $1 and pdu_id = $2 and polled_at >= $3 and polled_at < $4"
_WITH_ROWS = """
    select id from unnest($2::uuid[]) as wanted (id) where exists (
        select from polls where organization_id = $1 and pdu_id = wanted.id and polled_at >= $3 and polled_at < $4
    )
"""
_ANY_ROW = """
    select exists (select from polls where organization_id = $1 and polled_at >= $2 and polled_at < $3)
"""
_FORGET = "delete from packed_polls where day >= $1 and day < $2"


async def between(tx: Tx, pdu_ids: Sequence[UUID], from_at: datetime, to_at: datetime) -> dict[UUID, list[RawPoll]]:
    """By PDU, the packed polls from one instant to the other, both ends included, in order."""
    connection = await driver(tx)
    found: dict[UUID, list[RawPoll]] = {}
    for pdu_id, block in await connection.fetch(_BETWEEN, list(pdu_ids), from_at, to_at):
        inside = [one for one in polls_in(block) if from_at <= one.polled_at <= to_at]
        found.setdefault(pdu_id, []).extend(inside)
    return found


async def any_after(tx: Tx, pdu_id: UUID, at: datetime) -> bool:
    """Whether a packed poll of the PDU is younger than the instant."""
    connection = await driver(tx)
    return bool(await connection.fetchval(_LATER, pdu_id, at))


async def has_rows(tx: Tx, organization_id: UUID, span: tuple[datetime, datetime]) -> bool:
    """Whether the organization has any poll as a row within half-open span."""
    connection = await driver(tx)
    return bool(await connection.fetchval(_ANY_ROW, organization_id, *span))


async def with_rows(
    tx: Tx, organization_id: UUID, pdu_ids: Sequence[UUID], span: tuple[datetime, datetime]
) -> list[UUID]:
    """Those of the PDUs that have polls as rows within half-open span."""
    connection = await driver(tx)
    return [row[0] for row in await connection.fetch(_WITH_ROWS, organization_id, list(pdu_ids), *span)]


async def pack(tx: Tx, organization_id: UUID, pdu_id: UUID, day: date, span: tuple[datetime, datetime]) -> int:
    """Pack a UTC day of a PDU, with what is packed of it already, and remove its rows; answers how many polls.

    A day that does not fit a block, or would not come back as it went in, stays as it is.
    """
    connection = await driver(tx)
    rows = await connection.fetch(_ROWS, organization_id, pdu_id, *span)
    if not rows:
        return 0
    old: bytes | None = await connection.fetchval(_OLD, pdu_id, day)
    polls = [
        RawPoll(row[0], row[1], row[2], unpacked(row[3]), None if row[4] is None else unpacked(row[4])) for row in rows
    ]
    known = {one.place for one in polls}
    polls += [one for one in (polls_in(old) if old else []) if one.place not in known]
    polls.sort(key=lambda one: one.place)
    block = block_of(polls)
    if block is None or polls_in(block) != polls:
        return 0
    await connection.execute(
        _PUT, organization_id, pdu_id, day, polls[0].polled_at, polls[-1].polled_at, len(polls), block
    )
    await connection.execute(_REMOVE, organization_id, pdu_id, *span)
    return len(polls)


async def forget(tx: Tx, first: date, after: date) -> None:
    """Remove packed days from one day to before another: their evidence was let go."""
    connection = await driver(tx)
    await connection.execute(_FORGET, first, after)
