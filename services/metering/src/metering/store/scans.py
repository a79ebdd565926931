"""Telemetry scans to rows and back: one row per scan of a site, its columns packed, its list of units kept once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

from common.db import Tx
from metering.domain.values import TelemetryRow, UnitStatus
from metering.store.driver import driver
from metering.store.packing import digest, packed, unpacked

LONGEST_S = 86_400
"""The longest time that one scan may stand for."""
_STATUS = {UnitStatus.OFFLINE: 0, UnitStatus.ONLINE: 1, UnitStatus.HASHING: 2}
_BY_CODE = {code: status for status, code in _STATUS.items()}
_ROSTER = "insert into rosters (organization_id, roster_id, units) values ($1, $2, $3) on conflict do nothing"
_ADD = """
    insert into telemetry (organization_id, site_id, scanned_at, digest, received_at, interval_s, roster_id,
        hashrate_ths, status)
    select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::int[], $7::bigint[],
        $8::bytea[], $9::bytea[])
    on conflict do nothing
"""
_READ = """
    select scanned_at, interval_s, roster_id, hashrate_ths, status from telemetry
    where site_id = any($1) and scanned_at > $2 and scanned_at < $3 order by scanned_at
"""
_SITES = "select distinct site_id from telemetry"
_ROSTERS = "select roster_id, units from rosters where roster_id = any($1)"


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a site's units: TH/s (plain decimals, as they came) and status, constant for `interval_s` seconds."""

    site_id: UUID
    scanned_at: datetime
    received_at: datetime
    interval_s: int
    units: Sequence[UUID]
    hashrate_ths: Sequence[str]
    status: Sequence[str]


async def add(tx: Tx, organization_id: UUID, scans: Sequence[Scan]) -> int:
    """Add scans, those that are there already passed over; answers how many were new."""
    connection = await driver(tx)
    rosters = [digest(*(unit.bytes for unit in scan.units)) for scan in scans]
    for roster_id, units in dict(zip(rosters, (scan.units for scan in scans), strict=True)).items():
        await connection.execute(_ROSTER, organization_id, roster_id, list(units))
    rates = [packed_decimals(scan.hashrate_ths) for scan in scans]
    states = [bytes(_STATUS[UnitStatus(one)] for one in scan.status) for scan in scans]
    done: str = await connection.execute(
        _ADD,
        organization_id,
        [scan.site_id for scan in scans],
        [scan.scanned_at for scan in scans],
        [_digest(*row) for row in zip(scans, rosters, rates, states, strict=True)],
        [scan.received_at for scan in scans],
        [scan.interval_s for scan in scans],
        rosters,
        rates,
        states,
    )
    return int(done.rsplit(" ", 1)[1])


async def rows_of(
    tx: Tx, sites: Sequence[UUID], units: set[UUID], from_at: datetime, to_at: datetime
) -> Mapping[UUID, list[TelemetryRow]]:
    """The telemetry of the units that holds at some time in [from_at, to_at)."""
    connection = await driver(tx)
    rows = await connection.fetch(_READ, list(sites), from_at - timedelta(seconds=LONGEST_S), to_at)
    wanted = {row["roster_id"] for row in rows}
    rosters = {row["roster_id"]: row["units"] for row in await connection.fetch(_ROSTERS, list(wanted))}
    chosen = {
        roster_id: [(index, unit) for index, unit in enumerate(members) if unit in units]
        for roster_id, members in rosters.items()
    }
    found: dict[UUID, list[TelemetryRow]] = {unit: [] for unit in units}
    for row in rows:
        until_at = row["scanned_at"] + timedelta(seconds=row["interval_s"])
        if until_at > from_at:
            _spread(row, until_at, chosen[row["roster_id"]], found)
    return found


def _spread(
    row: Any, until_at: datetime, members: Sequence[tuple[int, UUID]], found: dict[UUID, list[TelemetryRow]]
) -> None:
    rates, states, begun_at = unpacked_decimals(row["hashrate_ths"]), row["status"], row["scanned_at"]
    for index, unit in members:
        found[unit].append(TelemetryRow(begun_at, until_at, rates[index], _BY_CODE[states[index]]))


async def known_sites(tx: Tx) -> list[UUID]:
    """The sites that ever sent telemetry."""
    connection = await driver(tx)
    return [row[0] for row in await connection.fetch(_SITES)]


def packed_decimals(texts: Sequence[str]) -> bytes:
    """Decimals as whole numbers of one common unit: a byte for its decimal places, then the packed numbers.

    What does not fit (more than 9 places, or too large) is kept as text behind the byte 255.
    """
    parts = [text.partition(".") for text in texts]
    places = max((len(decimals) for _, _, decimals in parts), default=0)
    if places <= 9 and all(len(whole) <= 9 for whole, _, _ in parts):
        return bytes([places]) + packed(
            [int(whole + decimals.ljust(places, "0")) for whole, _, decimals in parts], "HIQ"
        )
    return b"\xff" + " ".join(texts).encode()


def unpacked_decimals(row: bytes) -> list[Fraction]:
    """The exact numbers behind `packed_decimals`."""
    if row[0] == 255:
        return [Fraction(text) for text in row[1:].decode().split()]
    places = row[0]
    return [_fraction(one or 0, places) for one in unpacked(row[1:])]


@lru_cache(maxsize=65536)
def _fraction(number: int, places: int) -> Fraction:
    return Fraction(number, 10**places)


def _digest(scan: Scan, roster_id: int, rates: bytes, states: bytes) -> int:
    return digest(str(scan.interval_s).encode(), str(roster_id).encode(), rates, states)
