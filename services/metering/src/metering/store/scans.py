"""Telemetry scans to rows and back: one row per scan of a site, its columns packed, its list of units kept once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

from common.db import Tx
from common.money import round_half_up
from metering.domain.values import TelemetryRow, UnitStatus
from metering.store import scan_blocks
from metering.store.driver import driver
from metering.store.packing import digest, packed, unpacked
from metering.store.scan_block import RawScan

LONGEST_S = 86_400
"""The longest time that one scan may stand for."""
_NOTHING = Fraction(0)
_STATUS = {UnitStatus.OFFLINE: 0, UnitStatus.ONLINE: 1, UnitStatus.HASHING: 2}
_BY_CODE = {code: status for status, code in _STATUS.items()}
_ROSTER = "insert into rosters (organization_id, roster_id, units) values ($1, $2, $3) on conflict do nothing"
_ADD = """
    insert into telemetry (organization_id, site_id, scanned_at, digest, received_at, interval_s, roster_id,
        hashrate_ths, status, temperatures_c)
    select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::int[], $7::bigint[],
        $8::bytea[], $9::bytea[], $10::bytea[])
    on conflict do nothing
"""
_READ = """
    select scanned_at, digest, received_at, interval_s, roster_id, hashrate_ths, status, null::bytea from telemetry
    where site_id = any($1) and scanned_at > $2 and scanned_at < $3 order by scanned_at
"""
_FIRST = """
    select least(
        (select min(scanned_at) from (select site_id from sites) as known, lateral (
            select scanned_at from telemetry where organization_id = $1 and telemetry.site_id = known.site_id
            order by scanned_at limit 1
        ) as oldest),
        (select min(first_at) from packed_scans where organization_id = $1))
"""
_SITES = "select distinct site_id from scanned_units where unit_id = any($1)"
_SCANNED = """
    insert into scanned_units (organization_id, unit_id, site_id) select $1, unnest($2::uuid[]), $3
    on conflict do nothing
"""
_ROSTERS = "select roster_id, units from rosters where roster_id = any($1)"


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a site's units: TH/s (plain decimals, as they came) and status, constant for `interval_s` seconds.

    Temperatures are kept to a tenth of a degree Celsius.
    """

    site_id: UUID
    scanned_at: datetime
    received_at: datetime
    interval_s: int
    units: Sequence[UUID]
    hashrate_ths: Sequence[str]
    status: Sequence[str]
    temperatures_c: Sequence[str | None] | None = None


@dataclass(slots=True)
class _Run:
    """A time through which a unit's status stays the same."""

    from_at: datetime
    to_at: datetime
    code: int


@dataclass(frozen=True, slots=True)
class _Members:
    """Which places of a roster are asked for: with their hashrates, or by status alone."""

    whole: Sequence[tuple[int, UUID]]
    by_status: Sequence[tuple[int, UUID]]


async def add(tx: Tx, organization_id: UUID, scans: Sequence[Scan]) -> int:
    """Add scans, those that are there already passed over; answers how many were new."""
    connection = await driver(tx)
    rosters = [digest(scan.site_id.bytes, *(unit.bytes for unit in scan.units)) for scan in scans]
    for (roster_id, site_id), units in {
        (roster_id, scan.site_id): scan.units for roster_id, scan in zip(rosters, scans, strict=True)
    }.items():
        if await connection.execute(_ROSTER, organization_id, roster_id, list(units)) != "INSERT 0 0":
            await connection.execute(_SCANNED, organization_id, list(units), site_id)
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
        [packed_degrees(scan.temperatures_c) for scan in scans],
    )
    return int(done.rsplit(" ", 1)[1])


async def rows_of(
    tx: Tx, units: set[UUID], from_at: datetime, to_at: datetime, by_status: set[UUID] | None = None
) -> Mapping[UUID, list[TelemetryRow]]:
    """The telemetry of the units that holds at some time in [from_at, to_at).

    Of units in `by_status` only the status matters: their rows are put together where it stays the same.
    """
    connection = await driver(tx)
    sites = [row[0] for row in await connection.fetch(_SITES, list(units))]
    scans = [
        (row, until_at)
        for row in await _stored(tx, sites, from_at - timedelta(seconds=LONGEST_S), to_at)
        if (until_at := row.scanned_at + timedelta(seconds=row.interval_s)) > from_at
    ]
    rosters = await connection.fetch(_ROSTERS, list({row.roster_id for row, _ in scans}))
    runs_on = all(until_at <= row.scanned_at for (_, until_at), (row, _) in pairwise(scans))
    merging = (by_status or set()) if runs_on else set()
    chosen: dict[int, _Members] = {
        row["roster_id"]: _Members(
            [(n, unit) for n, unit in enumerate(row["units"]) if unit in units and unit not in merging],
            [(n, unit) for n, unit in enumerate(row["units"]) if unit in units and unit in merging],
        )
        for row in rosters
    }
    found: dict[UUID, list[TelemetryRow]] = {unit: [] for unit in units}
    runs: dict[UUID, list[_Run]] = {unit: [] for unit in merging}
    for row, until_at in scans:
        _spread(row, until_at, chosen[row.roster_id].whole, found)
        _lengthen(row, until_at, chosen[row.roster_id].by_status, runs)
    for unit, states in runs.items():
        found[unit] = [TelemetryRow(one.from_at, one.to_at, _NOTHING, _BY_CODE[one.code]) for one in states]
    return found


async def _stored(tx: Tx, sites: Sequence[UUID], after_at: datetime, before_at: datetime) -> list[RawScan]:
    """Scans as rows and packed ones of older months, in order of time, each once; without temperatures."""
    connection = await driver(tx)
    found = [RawScan(*row) for row in await connection.fetch(_READ, sites, after_at, before_at)]
    packed_scans = await scan_blocks.between(tx, sites, after_at, before_at)  # after the rows: none is missed
    if packed_scans:
        known = {one.place for one in found}
        found += [one for one in packed_scans if one.place not in known and after_at < one.scanned_at < before_at]
        found.sort(key=lambda one: one.scanned_at)
    return found


async def first_at(tx: Tx, organization_id: UUID) -> datetime | None:
    """The instant of the oldest scan."""
    connection = await driver(tx)
    found: datetime | None = await connection.fetchval(_FIRST, organization_id)
    return found


def _spread(
    row: RawScan, until_at: datetime, members: Sequence[tuple[int, UUID]], found: dict[UUID, list[TelemetryRow]]
) -> None:
    if members:
        rates, states, begun_at = unpacked_decimals(row.hashrate_ths), row.status, row.scanned_at
        for index, unit in members:
            found[unit].append(TelemetryRow(begun_at, until_at, rates[index], _BY_CODE[states[index]]))


def _lengthen(
    row: RawScan, until_at: datetime, members: Sequence[tuple[int, UUID]], runs: dict[UUID, list[_Run]]
) -> None:
    states, begun_at = row.status, row.scanned_at
    for index, unit in members:
        before = runs[unit][-1] if runs[unit] else None
        if before is not None and before.to_at == begun_at and before.code == states[index]:
            before.to_at = until_at
        else:
            runs[unit].append(_Run(begun_at, until_at, states[index]))


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


def packed_degrees(texts: Sequence[str | None] | None) -> bytes | None:
    """Degrees Celsius as tenths above -100, halves up; None where unknown."""
    if texts is None:
        return None
    return packed([None if text is None else int(round_half_up(Fraction(text) * 10, 0)) + 1000 for text in texts], "HI")


@lru_cache(maxsize=65536)
def _fraction(number: int, places: int) -> Fraction:
    return Fraction(number, 10**places)


def _digest(scan: Scan, roster_id: int, rates: bytes, states: bytes) -> int:
    return digest(str(scan.interval_s).encode(), str(roster_id).encode(), rates, states)
