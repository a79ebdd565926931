"""Packed days of scans: written once their month is long past, read beside the rows of younger months.

As with polls (store/blocks.py) readers look at rows first and at blocks then: nothing is missed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from common.db import Tx
from metering.store.driver import driver
from metering.store.scan_block import RawScan, block_of, scans_in

_BETWEEN = """
    select block from packed_scans where site_id = any($1) and last_at >= $2 and first_at <= $3 order by site_id, day
"""
_ROWS = """
    select scanned_at, digest, received_at, interval_s, roster_id, hashrate_ths, status, temperatures_c from telemetry
    where organization_id = $1 and site_id = $2 and scanned_at >= $3 and scanned_at < $4 order by scanned_at, digest
"""
_OLD = "select block from packed_scans where site_id = $1 and day = $2"
_PUT = """
    insert into packed_scans (organization_id, site_id, day, first_at, last_at, scan_count, block)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (organization_id, site_id, day) do update set first_at = excluded.first_at,
        last_at = excluded.last_at, scan_count = excluded.scan_count, block = excluded.block
"""
_REMOVE = """
    delete from telemetry where organization_id = $1 and site_id = $2 and scanned_at >= $3 and scanned_at < $4
"""
_WITH_ROWS = """
    select site_id from sites where exists (
        select from telemetry t
        where t.organization_id = $1 and t.site_id = sites.site_id and t.scanned_at >= $2 and t.scanned_at < $3
    ) order by site_id
"""
_FORGET = "delete from packed_scans where day >= $1 and day < $2"


async def between(tx: Tx, sites: Sequence[UUID], from_at: datetime, to_at: datetime) -> list[RawScan]:
    """The packed scans of the sites from one instant to the other, both ends included."""
    connection = await driver(tx)
    rows = await connection.fetch(_BETWEEN, list(sites), from_at, to_at)
    return [one for row in rows for one in scans_in(row[0]) if from_at <= one.scanned_at <= to_at]


async def with_rows(tx: Tx, organization_id: UUID, span: tuple[datetime, datetime]) -> list[UUID]:
    """The sites that have scans as rows within half-open span."""
    connection = await driver(tx)
    return [row[0] for row in await connection.fetch(_WITH_ROWS, organization_id, *span)]


async def pack(tx: Tx, organization_id: UUID, site_id: UUID, day: date, span: tuple[datetime, datetime]) -> int:
    """Pack a UTC day of a site, with what is packed of it already, and remove its rows; answers how many scans."""
    connection = await driver(tx)
    rows = await connection.fetch(_ROWS, organization_id, site_id, *span)
    if not rows:
        return 0
    old: bytes | None = await connection.fetchval(_OLD, site_id, day)
    scans = [RawScan(*row) for row in rows]
    known = {one.place for one in scans}
    scans += [one for one in (scans_in(old) if old else []) if one.place not in known]
    scans.sort(key=lambda one: one.place)
    block = block_of(scans)
    if scans_in(block) != scans:
        return 0
    ends = (scans[0].scanned_at, scans[-1].scanned_at)
    await connection.execute(_PUT, organization_id, site_id, day, *ends, len(scans), block)
    await connection.execute(_REMOVE, organization_id, site_id, *span)
    return len(scans)


async def forget(tx: Tx, first: date, after: date) -> None:
    """Remove packed days from one day to before another: their evidence was let go."""
    connection = await driver(tx)
    await connection.execute(_FORGET, first, after)
